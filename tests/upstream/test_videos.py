"""Videos by an installed transformers: which models take them, and what vtok says of them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from upstream_videos import MODELS, OPTIONS, written

from vtok import checkpoints, families
from vtok.errors import VtokError
from vtok.values import Media, Size

pytestmark = pytest.mark.upstream
pytest.importorskip("torch")
pytest.importorskip("torchvision")
mapped = pytest.importorskip("transformers.models.auto.video_processing_auto").VIDEO_PROCESSOR_MAPPING_NAMES

videos = st.builds(
    Media,
    size=st.builds(Size, st.integers(8, 90), st.integers(8, 90)),
    num_frames=st.one_of(st.integers(1, 60), st.integers(60, 2500)),
    fps=st.sampled_from((0.5, 1.0, 3.7, 10.0, 23.976, 24.0, 25.0, 29.97, 30.0, 60.0)),
)
large = st.builds(
    Media,
    size=st.builds(Size, st.integers(90, 1500), st.integers(90, 1500)),
    num_frames=st.integers(1, 3),
    fps=st.sampled_from((0.7, 1.0, 2.0)),
)
chosen: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"sample_fps": st.sampled_from((0.25, 0.5, 1.0, 2.0, 5.0))}),
    st.fixed_dictionaries({"sample_frames": st.integers(1, 100)}),
)


@pytest.mark.parametrize("stem", families.modules())
def test_a_model_with_a_video_processor_takes_videos(stem: str) -> None:
    presets = families.presets_of(stem)
    assert any("video" in preset.kinds for preset in presets) >= (stem in mapped)
    assert not (all(preset.images_only for preset in presets) and stem in mapped)


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # numpy of torch's tensors, in upstream's code
@pytest.mark.parametrize("name", MODELS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(media=videos | large, options=chosen)
def test_both_take_the_same_frames_and_write_the_same_text(name: str, media: Media, options: dict[str, Any]) -> None:
    pytest.importorskip("num2words")
    family = checkpoints.get(name)
    options = {key: value for key, value in options.items() if family.has_option(key)}
    family = family.choose(**options)
    try:
        want = MODELS[name][0](media, **{OPTIONS[key]: value for key, value in options.items()})
    except ValueError:
        with pytest.raises(VtokError):
            family.layout(media)
        return
    layout = family.layout(media)
    assert layout.sampling
    assert list(layout.sampling.indices) == want.indices
    assert written(layout, want.pad) == want.text


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")
def test_every_frame_is_taken_where_sampling_is_off() -> None:
    pytest.importorskip("num2words")
    media = Media(size=Size(20, 30), num_frames=7, fps=3.0)
    for name, (upstream, _, _) in MODELS.items():
        layout = checkpoints.get(name).choose(sample=False).layout(media)
        want = upstream(media, sample=False)
        assert layout.sampling
        assert list(layout.sampling.indices) == want.indices == list(range(7))
        assert written(layout, want.pad) == want.text
