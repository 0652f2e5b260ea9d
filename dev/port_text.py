"""Reading source text without losing its layout.

Rules must not reprint a file: they find places in the text and replace just those.
This module knows where things stand (XML elements, Python nodes, comments) and
applies replacements; it knows nothing about Odoo.
"""

import ast
import io
import re
import tokenize
from dataclasses import dataclass, field
from functools import lru_cache

XML_SUFFIXES = (".xml", ".html", ".svg")
JS_SUFFIXES = (".js", ".scss", ".css")


class SourceError(Exception):
    """The text is not well-formed, so nothing can be said about it."""

    def __init__(self, line, message):
        super().__init__(message)
        self.line = line


class Edits:
    """Replacements of a text, collected in any order and applied at once."""

    def __init__(self, text):
        self.text = text
        self._edits = {}

    def replace(self, start, end, replacement):
        self._edits[start, end] = replacement

    def insert(self, offset, addition):
        self._edits[offset, offset] = addition + self._edits.get((offset, offset), "")

    def delete_element(self, start, end):
        """Delete ``start:end``, and its lines where nothing else stands on them."""
        self._edits[_whole_lines(self.text, start, end)] = ""

    def apply(self):
        text = self.text
        for (start, end), replacement in sorted(self._edits.items(), reverse=True):
            text = text[:start] + replacement + text[end:]
        return text


def _whole_lines(text, start, end):
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line_end = len(text) if line_end < 0 else line_end + 1
    alone = not text[line_start:start].strip() and not text[end:line_end].strip()
    return (line_start, line_end) if alone else (start, end)


def line_of(text, offset):
    """Return the line number (from 1) of ``offset``."""
    return text.count("\n", 0, offset) + 1


def indent_of(text, offset):
    """Return the white space before ``offset`` on its line, "" if there is more."""
    line_start = text.rfind("\n", 0, offset) + 1
    before = text[line_start:offset]
    return before if not before.strip() else ""


# --- XML ---------------------------------------------------------------------

_XML_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<![A-Za-z][^>]*>"
    r"|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL,
)
_XML_ATTRIBUTE = re.compile(r"([^\s=/<>\"']+)\s*=\s*(\"[^\"]*\"|'[^']*')")


@dataclass(eq=False)
class Element:
    """An XML element with the offsets of its tags in the text."""

    tag: str
    start: int
    open_end: int
    parent: "Element | None"
    attributes: dict  # name -> (start, end) of the value without quotes
    source: str = field(repr=False)
    close_start: int = 0  # equal to end where the element closes itself
    end: int = 0
    children: list = field(default_factory=list)

    def get(self, name, default=None):
        span = self.attributes.get(name)
        return self.source[slice(*span)] if span else default

    @property
    def content(self):
        """The text between the tags; "" if the element closes itself."""
        return self.source[self.open_end : self.close_start]

    def iter(self):
        yield self
        for child in self.children:
            yield from child.iter()

    def child(self, **attributes):
        """Return the first child with these attributes, or None."""
        for child in self.children:
            if all(child.get(name) == value for name, value in attributes.items()):
                return child
        return None


@lru_cache(maxsize=64)
def parse_xml(text):
    """Return the elements of ``text`` in document order; do not change them.

    Comments, CDATA and declarations are no elements.
    :raise SourceError: for an unclosed or wrongly closed tag
    """
    elements, stack = [], []
    for token in _XML_TOKEN.finditer(text):
        tag = token.group()
        if tag.startswith(("<!", "<?")):
            continue
        if tag.startswith("</"):
            _close_element(text, stack, token)
            continue
        element = _open_element(text, stack, token)
        elements.append(element)
        if not tag.endswith("/>"):
            stack.append(element)
    if stack:
        raise SourceError(line_of(text, stack[-1].start), f"<{stack[-1].tag}> is open")
    return elements


def _open_element(text, stack, token):
    attributes = {
        match.group(1): (match.start(2) + 1, match.end(2) - 1)
        for match in _XML_ATTRIBUTE.finditer(text, token.start(), token.end())
    }
    element = Element(
        tag=re.match(r"[^\s/<>]*", token.group()[1:]).group(),
        start=token.start(),
        open_end=token.end(),
        parent=stack[-1] if stack else None,
        attributes=attributes,
        source=text,
        close_start=token.end(),
        end=token.end(),
    )
    if element.parent:
        element.parent.children.append(element)
    return element


def _close_element(text, stack, token):
    name = token.group()[2:-1].strip()
    if not stack or stack[-1].tag != name:
        raise SourceError(line_of(text, token.start()), f"</{name}> closes nothing")
    element = stack.pop()
    element.close_start, element.end = token.start(), token.end()


# --- Python ------------------------------------------------------------------


class Python:
    """Parsed Python with the offsets of its nodes in the text."""

    def __init__(self, text):
        self.text = text
        try:
            self.tree = ast.parse(text)
        except SyntaxError as error:
            raise SourceError(error.lineno or 1, error.msg) from error
        self._lines = text.split("\n")
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def offset(self, line, column_bytes):
        prefix = self._lines[line - 1].encode()[:column_bytes]
        return self._starts[line - 1] + len(prefix.decode())

    def span(self, node):
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno, node.end_col_offset),
        )

    def source(self, node):
        start, end = self.span(node)
        return self.text[start:end]

    def comments(self, start, end):
        """Return [(offset, comment)] between two offsets."""
        return [
            (offset, text)
            for kind, offset, text in python_tokens(self.text)
            if kind == tokenize.COMMENT and start <= offset < end
        ]


def python_tokens(text):
    """Return [(kind, offset, text)]; all tokens up to the first error."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    tokens = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
            line, column = token.start
            tokens.append((token.type, starts[line - 1] + column, token.string))
    except (tokenize.TokenError, IndentationError, SyntaxError):
        pass
    return tokens


# --- Comments ----------------------------------------------------------------

_JS_TOKEN = re.compile(
    r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"
    r"|(?P<comment>//[^\n]*|/\*.*?\*/)",
    re.DOTALL,
)
_XML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@lru_cache(maxsize=64)
def without_comments(path, text):
    """Return ``text`` with comments and docstrings blanked; offsets stay the same."""
    if path.endswith(".py"):
        spans = _python_comments(text)
    elif path.endswith(XML_SUFFIXES):
        spans = [match.span() for match in _XML_COMMENT.finditer(text)]
    elif path.endswith(JS_SUFFIXES):
        matches = _JS_TOKEN.finditer(text)
        spans = [match.span() for match in matches if match["comment"]]
    else:
        spans = []
    for start, end in spans:
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return text


def _python_comments(text):
    """Return the spans of comments and of strings that are statements."""
    layout = (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT)
    spans, at_start = [], True
    tokens = python_tokens(text)
    for index, (kind, offset, string) in enumerate(tokens):
        docstring = kind == tokenize.STRING and at_start and _ends_statement(tokens, index)
        if docstring or kind == tokenize.COMMENT:
            spans.append((offset, offset + len(string)))
        if kind not in (*layout, tokenize.COMMENT):
            at_start = False
        elif kind == tokenize.NEWLINE:
            at_start = True
    return spans


def _ends_statement(tokens, index):
    following = tokens[index + 1][0] if index + 1 < len(tokens) else tokenize.NEWLINE
    return following in (tokenize.NEWLINE, tokenize.COMMENT, tokenize.ENDMARKER)


def unchecked_lines(text):
    """Return the numbers of the lines that say ``port: ok``."""
    lines = text.split("\n")
    return {number for number, line in enumerate(lines, 1) if "port: ok" in line}


def substitute(path, text, pattern, replacement):
    """Replace ``pattern`` in the code of ``text``, leaving comments as they are."""
    edits = Edits(text)
    for match in re.finditer(pattern, without_comments(path, text)):
        edits.replace(*match.span(), match.expand(replacement))
    return edits.apply()
