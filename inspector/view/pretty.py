"""Bodies as people read them: indented XML and JSON, dumped binary.

Both indenters move white space only. They read tokens, not documents: what is cut short or broken is shown as far as it
goes, numbers and repeated names stay as they were written, and no entity is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_INDENT = "  "
_XML = re.compile(r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<[^>]*(?:>|\Z)|[^<]+", re.DOTALL)
_JSON = re.compile(r'"(?:[^"\\]|\\(?:.|\Z))*(?:"|\Z)|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_HEX_WIDTH = 16


def pretty(text: str) -> str:
    """The text indented when it is XML or JSON, else as it is."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start == "<":
        return xml(text)
    if start and start in "{[":
        return json(text)
    return text


def xml(text: str) -> str:
    """XML with each element on a line of its own; an element that holds only text stays on one."""
    lines: list[str] = []
    depth = 0
    open_line = False  # the last line is a start tag, after which text and its end tag may follow
    for token in (found[0] for found in _XML.finditer(text)):
        if not token.strip():
            continue
        if token.startswith("</"):
            depth = max(0, depth - 1)
            if open_line:
                lines[-1] += token
            else:
                lines.append(_INDENT * depth + token)
            open_line = False
        elif open_line and not (token.startswith("<") and not token.startswith("<![CDATA[")):
            lines[-1] += token
        else:
            lines.append(_INDENT * depth + token.strip())
            open_line = token.startswith("<") and token[1:2] not in ("?", "!") and not token.endswith("/>")
            depth += open_line
    return "\n".join(lines)


def json(text: str) -> str:
    """JSON with each member on a line of its own."""
    out: list[str] = []
    depth = 0
    tokens = [found[0] for found in _JSON.finditer(text)]
    for position, token in enumerate(tokens):
        following = tokens[position + 1] if position + 1 < len(tokens) else ""
        if token in ("{", "["):
            empty = following in ("}", "]")
            depth += not empty
            out.append(token if empty else f"{token}\n{_INDENT * depth}")
        elif token in ("}", "]"):
            empty = position > 0 and tokens[position - 1] in ("{", "[")
            depth = max(0, depth - (not empty))
            out.append(token if empty else f"\n{_INDENT * depth}{token}")
        else:
            out.append({",": f",\n{_INDENT * depth}", ":": ": "}.get(token, token))
    return "".join(out)


def hex_lines(data: bytes, offset: int = 0) -> Iterator[str]:
    """Sixteen bytes a line: offset, hex, and what is ASCII."""
    for start in range(0, len(data), _HEX_WIDTH):
        row = data[start : start + _HEX_WIDTH]
        digits = f"{row[:8].hex(' ')}  {row[8:].hex(' ')}"
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{offset + start:08x}  {digits:<48}  {text}"
