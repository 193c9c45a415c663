/* A token enlarged, with what lies around it. */

const MOST_DECODED = 2 ** 24; // pixels of a photo that are kept for the enlarged token
const MOST_KEPT = 6; // photos and frames that are kept
const decodedPhotos = new Map();

/** A photo or frame as a canvas in the layout's orientation, decoded once and not for every move of the pointer. */
function decodedOnce(src, layout, turns) {
  const orientation = turns ? layout.orientation : 1,
    key = `${orientation} ${src}`;
  if (!decodedPhotos.has(key)) {
    if (decodedPhotos.size >= MOST_KEPT) decodedPhotos.delete(decodedPhotos.keys().next().value);
    decodedPhotos.set(key, decoded(src, orientation));
  }
  return decodedPhotos.get(key);
}

/**
 * A promise of the canvas. An image that stands in no document is drawn upright whatever its style says, so that one
 * which is meant as it is stored is turned back here.
 */
async function decoded(src, orientation) {
  const image = new Image();
  image.src = src;
  await image.decode();
  const { naturalWidth, naturalHeight } = image,
    size = orientation >= 5 ? [naturalHeight, naturalWidth] : [naturalWidth, naturalHeight];
  const scale = Math.min(1, Math.sqrt(MOST_DECODED / (naturalWidth * naturalHeight)));
  const [width, height] = size.map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = element("canvas", { width, height }),
    context = canvas.getContext("2d");
  const [left, top] = STORED[orientation](0, 0); // where the upright image's corner lies in the stored one
  const axis = ([x, y]) => [(x - left) * width, (y - top) * height];
  context.setTransform(
    ...axis(STORED[orientation](1, 0)),
    ...axis(STORED[orientation](0, 1)),
    left * width,
    top * height,
  );
  context.drawImage(image, 0, 0, 1, 1);
  return canvas;
}

/** Draw a box of the original with as much again around it. */
function magnify(canvas, image, [left, top, right, bottom], [width, height]) {
  const context = canvas.getContext("2d"),
    side = 2.4 * Math.max(right - left, bottom - top),
    scale = image.width / width;
  const [x, y] = [(left + right - side) / 2, (top + bottom - side) / 2],
    zoom = canvas.width / side;
  context.fillStyle = colour("blank");
  context.fillRect(0, 0, canvas.width, canvas.height);
  const from = [Math.max(0, x), Math.max(0, y)],
    to = [Math.min(width, x + side), Math.min(height, y + side)];
  const [across, down] = [to[0] - from[0], to[1] - from[1]];
  context.imageSmoothingEnabled = zoom < 6;
  context.drawImage(
    image,
    from[0] * scale,
    from[1] * scale,
    across * scale,
    down * scale,
    (from[0] - x) * zoom,
    (from[1] - y) * zoom,
    across * zoom,
    down * zoom,
  );
  const box = [(left - x) * zoom, (top - y) * zoom, (right - left) * zoom, (bottom - top) * zoom];
  const veil = new Path2D();
  veil.rect(0, 0, canvas.width, canvas.height);
  veil.rect(...box);
  context.fillStyle = "rgb(11 13 16 / 0.45)";
  context.fill(veil, "evenodd");
  context.lineWidth = 3;
  context.strokeStyle = colour("path1");
  context.strokeRect(...box);
}
