"""Mistral Small 3.1 and 3.2: Pixtral's grid in patches of 14, four of them to a token.

Rule     As Pixtral, with sides of up to 1,540 pixels in multiples of 28. 2 x 2 patches are merged behind the encoder.
Numbers  preprocessor_config.json and processor_config.json of the checkpoints.
Paper    none. Code: transformers 5.23, models/mistral3 and models/pixtral.
"""

from vtok.families.pixtral import SOURCES, Pixtral
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    "PixtralImageProcessor": {"longest_edge": 1024},
    "PixtralProcessor": {"patch_size": 16, "merge_size": 1},
    "Mistral3Config": {"merge_size": 2},
}
PRESETS = tuple(
    Pixtral(
        model=model,
        preset=f"{model}-24b-{name.lower()}",
        repo=f"mistralai/{model.title()}-24B-{name}",
        aliases=("mistral-small",) if name == "Instruct-2503" else (),
        patch_size=14,
        merge_size=2,
        longest_edge=1540,
        max_position_embeddings=131_072,
        chat_tokens=chat_tokens,
        sources=SOURCES | ({"chat_tokens": "mistral-common"} if model == "mistral-small-3.2" else {}),
        remarks=remarks,
    )
    for model, name, chat_tokens, remarks in (
        ("mistral-small-3.1", "Instruct-2503", 177, ("Its chat template has a system prompt of 172 tokens.",)),
        ("mistral-small-3.1", "Base-2503", None, ()),
        ("mistral-small-3.2", "Instruct-2506", 3, ("Its numbers are taken to be those of Mistral Small 3.1.",)),
    )
)
