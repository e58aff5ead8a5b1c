"""Read the XML of S3 answers: bounded, forgiving, closed to the outside. The only door to lxml.

Bodies come from servers, proxies and files of strangers, often cut short. So: no entity is expanded, no DTD loaded,
nothing fetched, depth and text sizes stay under libxml2's own limits (`huge_tree=False`), and what is broken is read as
far as it goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from lxml import etree

LONGEST = 64 * 1024
"""Bytes that are read of a body; an S3 error takes a few hundred."""

_SPACE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"


def parse(body: bytes) -> etree._Element | None:
    """The root element of a body, or None where there is no XML in it. Never raises.

    White space before the document is left out: S3 sends it to keep a connection alive while it copies or completes
    (docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).
    """
    start = body[:LONGEST].lstrip(_SPACE).removeprefix(_BOM).lstrip(_SPACE)
    if start[:1] != b"<" and start[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return None
    try:
        return etree.fromstring(start, _parser())
    except (etree.XMLSyntaxError, ValueError):
        return None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for what has none (an entity)."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def texts(root: etree._Element) -> dict[str, str]:
    """The text of each child by local name; of several with one name the first. What is nested deeper is left out."""
    found: dict[str, str] = {}
    for child in root:
        name = local_name(child)
        if name and name not in found:
            found[name] = (child.text or "").strip()
    return found


class Tree(NamedTuple):
    """An element without its namespace: its name, its text without surrounding white space, and its children."""

    name: str
    text: str
    children: tuple[Tree, ...] = ()


def tree(body: bytes) -> Tree | None:
    """A whole document as plain values, or None where it is not well-formed XML. Never raises, expands nothing."""
    root = _root(body)
    return None if root is None else _plain(root)


def _root(body: bytes) -> etree._Element | None:
    try:
        return etree.fromstring(body.lstrip(_SPACE).removeprefix(_BOM).lstrip(_SPACE), _strict())
    except (etree.XMLSyntaxError, ValueError):
        return None


def _strict() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )


def _plain(root: etree._Element) -> Tree:
    """Elements in the order of their ends: when one ends, those in it are the last that were made."""
    if _has_dtd(root):
        return _plain_with_entities(root)
    made: list[Tree] = []
    names: dict[str, str] = {}
    for _, element in etree.iterwalk(root, events=("end",)):
        tag, text, count = str(element.tag), element.text, len(element)
        name = names.get(tag) or names.setdefault(tag, local_name(element))
        made[len(made) - count :] = [Tree(name, text.strip() if text else "", tuple(made[len(made) - count :]))]
    return made[0]


def _has_dtd(root: etree._Element) -> bool:
    return root.getroottree().docinfo.internalDTD is not None


def _plain_with_entities(element: etree._Element) -> Tree:
    # libxml2 allows no more than 256 levels without huge_tree, so that this recursion is bounded.
    return Tree(local_name(element), (element.text or "").strip(), tuple(map(_plain_with_entities, element)))


class Runs(NamedTuple):
    """A document that lists many entries, cut behind each: `runs` without the `closing` tag that ends each of them."""

    entry: str
    runs: list[bytes]
    closing: bytes
    rest: bytes

    def joined(self, runs: Iterable[bytes]) -> bytes:
        """A document of some of the runs; the first has to be among them, since it begins with the root."""
        return b"".join([run + self.closing for run in runs]) + self.rest


FEW = 32
"""Entries of which a document has to have more to be cut: fewer are read as fast as they are cut."""


def runs(body: bytes) -> Runs | None:
    """A listing cut into its entries, all of it written alike; None for any other document. Never raises."""
    root = _root(body)
    if root is None or len(root) <= FEW or _has_dtd(root):
        return None
    tag, count = Counter([child.tag for child in root]).most_common(1)[0]
    if count <= FEW:
        return None
    one = root.find(tag)
    assert one is not None
    name = local_name(one)
    closing = f"</{one.prefix}:{name}>" if one.prefix else f"</{name}>"
    *cut, rest = etree.tostring(root, encoding="utf-8").split(closing.encode())
    # One of them is empty (<Contents/>), or another element of that name stands deeper.
    return Runs(name, cut, closing.encode(), rest) if len(cut) == count else None


class Table(NamedTuple):
    """A listing all of whose entries hold the same elements in the same order, each with a text and nothing else.

    `around` is the document with one empty element where the entries stand; `columns` holds the texts by element.
    """

    around: Tree
    entry: str
    columns: dict[str, list[str]]


def table(body: bytes) -> Table | None:
    """A listing as columns of texts, which libxml2 makes by itself; None for any other document. Never raises."""
    root = _root(body)
    if root is None or len(root) <= FEW or _has_dtd(root):
        return None
    tags = [child.tag for child in root]
    tag, count = Counter(tags).most_common(1)[0]
    first = tags.index(tag)
    if count <= FEW or tags[first : first + count] != [tag] * count:
        return None
    columns = _columns(root, str(tag), [str(cell.tag) for cell in root[first]], count)
    if columns is None:
        return None
    entry = local_name(root[first])
    children = list(root)
    before, after = (tuple(map(_plain, some)) for some in (children[:first], children[first + count :]))
    around = (*before, Tree(entry, ""), *after)
    return Table(Tree(local_name(root), (root.text or "").strip(), around), entry, columns)


def _columns(root: etree._Element, tag: str, cells: Sequence[str], count: int) -> dict[str, list[str]] | None:
    """The texts of each element of `count` entries; None where one of them is made otherwise than the first."""
    names = [cell.rpartition("}")[2] for cell in cells]
    if not cells or len(set(names)) < len(names) or ":" in "".join((tag.rpartition("}")[2], *names)):
        return None  # a prefix that nothing declares stays in the name, and means nothing to XPath
    spaces = {name.rpartition("}")[0].removeprefix("{") for name in (tag, *cells)}
    if len(spaces) > 1:
        return None
    prefix, known = ("n:", {"n": spaces.pop()}) if any(spaces) else ("", None)
    ask = etree.XPathElementEvaluator(root, namespaces=known, smart_strings=False)
    entry = prefix + tag.rpartition("}")[2]
    cells_in_all = count * len(names)
    # A cell with no text, and one with two, would otherwise make up for each other.
    if any(ask(f"count({entry}/*{which})") != cells_in_all for which in ("", "[text()]")):
        return None
    if ask(f"count({entry}/*/*|{entry}/text()[normalize-space()])"):
        return None
    if any(ask(f"count({entry}/*[{at}][self::{prefix}{name}])") != count for at, name in enumerate(names, 1)):
        return None
    found = {name: cast("list[str]", ask(f"{entry}/{prefix}{name}/text()")) for name in names}
    return found if all(len(texts) == count for texts in found.values()) else None
