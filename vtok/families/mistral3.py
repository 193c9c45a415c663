"""Mistral Small 3.1, 3.2 and 4, Ministral 3, Mistral Large 4: Pixtral's grid in patches of 14, four of them to a token.

Rule     As Pixtral, with sides of up to 1,540 pixels in multiples of 28. 2 x 2 patches are merged behind the encoder.
Numbers  preprocessor_config.json and processor_config.json of the checkpoints; of Ministral 3 config.json and, of 8B
         Instruct, processor_config.json, as copied in hlky/dinoml_v2 (at 6b8c0ac).
Paper    none. Code: transformers 5.23, models/mistral3, models/mistral_large4 and models/pixtral.

Where they disagree, and what vtok follows:
- Mistral Small 4 has model_type mistral3; mistral4 is its language model alone. Its config.json has the encoder of
  Mistral Small 3.1, and vtok takes the image processor to be the same, too.
- The numbers that Mistral Large 4 publishes are not known. vtok has those of transformers' class MistralLarge4Config,
  whose image_size of 1,540 pixels stands for the longest edge.
"""

from vtok.families.pixtral import SOURCES, Pixtral
from vtok.parts.sources import ClassDefaults

MODEL_TYPES = ("mistral_large4",)
CLASS_DEFAULTS: ClassDefaults = {
    "PixtralImageProcessor": {"longest_edge": 1024},
    "PixtralProcessor": {"patch_size": 16, "merge_size": 1},
    "Mistral3Config": {"merge_size": 2},
    "MistralLarge4Config": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 1_048_576},
}
SIZES = ("patch_size", "merge_size", "longest_edge")
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
) + tuple(
    Pixtral(
        model=model,
        preset=name.lower(),
        repo=f"mistralai/{name}",
        patch_size=14,
        merge_size=2,
        longest_edge=1540,
        max_position_embeddings=context,
        sources=sources,
        remarks=remarks,
    )
    for model, name, context, sources, remarks in (
        (
            "mistral-small-4",
            "Mistral-Small-4-119B-2603",
            1_048_576,
            dict.fromkeys(SIZES, "config.json"),
            ("Its image processor is taken to be that of Mistral Small 3.1.",),
        ),
        (
            "mistral-large-4",
            "Mistral-Large-4-1T-A52B",
            1_048_576,
            dict.fromkeys((*SIZES, "max_position_embeddings"), "transformers 5.23 MistralLarge4Config"),
            ("Its own numbers are not known; these are the class defaults of transformers.",),
        ),
        *(
            ("ministral-3", f"Ministral-3-{name}-2512", 262_144, SOURCES | dict.fromkeys(SIZES, "config.json"), ())
            for name in (
                *("8B-Instruct", "8B-Base", "8B-Reasoning", "3B-Instruct", "3B-Base", "3B-Reasoning"),
                *("14B-Instruct", "14B-Base"),
            )
        ),
    )
)
