"""Errors as S3 servers report them, and the little XML that this takes."""

from wire import Answer


class S3Error(Exception):
    """An answer that refuses a request."""

    def __init__(self, status, code, message="", headers=(), **elements):
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = list(headers)
        self.elements = elements


def escaped(text):
    """Text for XML. What XML 1.0 cannot hold becomes a reference, as on AWS."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace('"', "&quot;")
    if text.isprintable():
        return text
    return "".join(f"&#x{ord(c):x};" if ord(c) < 32 else c for c in text)


def element(name, content):
    """An element; a list of pairs nests, a text is escaped."""
    if isinstance(content, list):
        inner = "".join(element(*child) for child in content)
    else:
        inner = escaped(str(content) if not isinstance(content, bytes) else content)
    return f"<{name}>{inner}</{name}>"


def document(name, children, namespace="http://s3.amazonaws.com/doc/2006-03-01/"):
    """A document as bytes."""
    inner = "".join(element(*child) for child in children)
    space = f' xmlns="{namespace}"' if namespace else ""
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}{space}>{inner}</{name}>'
    return text.encode()


def xml_answer(body, status=200):
    """An answer with a document."""
    return Answer(status, [("Content-Type", "application/xml")], body)


def error_answer(error, extra):
    """The answer for an error; `extra` are the elements that this provider adds."""
    children = [("Code", error.code), ("Message", error.message)]
    children += list(error.elements.items()) + list(extra.items())
    answer = xml_answer(document("Error", children, namespace=None), error.status)
    answer.headers += error.headers
    return answer
