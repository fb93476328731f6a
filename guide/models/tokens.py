"""The list of tokens that sherpa-onnx reads, made from a tokenizer.json."""

import base64
import json

_SPACE = "\u2581"
"""How a tokenizer.json writes the space before a word."""


def tokens(tokenizer: bytes) -> bytes:
    """A line for each token, in the order of the numbers: base64 of its text, a space, its number.

    Raises ValueError for what is no tokenizer.json with its vocabulary inside.
    """
    try:
        data = json.loads(tokenizer)
        numbers: dict[str, int] = dict(data["model"]["vocab"])
        numbers |= {str(added["content"]): added["id"] for added in data["added_tokens"]}
        ordered = sorted(numbers.items(), key=lambda item: item[1])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("it holds no vocabulary") from error
    if [number for _, number in ordered] != list(range(len(ordered))):
        raise ValueError("its tokens are not numbered one by one")
    return b"".join(
        base64.b64encode(text.replace(_SPACE, " ").encode()) + b" %d\n" % number for text, number in ordered
    )
