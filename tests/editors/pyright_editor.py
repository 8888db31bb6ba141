"""What an editor asks of a language server (LSP 3.17, JSON-RPC 2.0 over its standard streams)."""

import itertools
import json
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.parse import unquote, urlparse

from editors import ROOT, in_package

SERVER = Path(sysconfig.get_path("scripts")) / "basedpyright-langserver"


class PyrightEditor:
    """Completions, signatures and definitions by pyright (basedpyright, whose package brings its own node)."""

    def __init__(self, folder):
        self._server = subprocess.Popen([SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, cwd=folder)
        self._numbers, self._cell = itertools.count(1), folder / "cell.py"
        self._version = 0
        folder_uri = folder.as_uri()
        self._ask("initialize", processId=None, rootUri=folder_uri, capabilities={},
                  workspaceFolders=[{"uri": folder_uri, "name": "notebook"}])
        self._tell("initialized")

    def close(self):
        self._ask("shutdown")
        self._tell("exit")
        self._server.communicate(timeout=60)

    def completions(self, text):
        return [found["label"].removesuffix("=") for found in self._at_end("completion", text)["items"]]

    def signature(self, text):
        (found,) = self._at_end("signatureHelp", text)["signatures"]
        return found["label"]

    def definition(self, text):
        (found,) = self._at_end("definition", text)
        path = Path(unquote(urlparse(found["uri"]).path))
        return in_package(path), path.read_text("utf-8").splitlines()[found["range"]["start"]["line"]]

    def _at_end(self, what, text):
        """Write the text into the cell and ask about its end."""
        self._version += 1
        cell = {"uri": self._cell.as_uri(), "version": self._version}
        if self._version == 1:
            self._tell("textDocument/didOpen", textDocument={**cell, "languageId": "python", "text": text})
        else:
            self._tell("textDocument/didChange", textDocument=cell, contentChanges=[{"text": text}])
        lines = text.split("\n")
        return self._ask(f"textDocument/{what}", textDocument={"uri": cell["uri"]},
                         position={"line": len(lines) - 1, "character": len(lines[-1])})

    def _ask(self, method, **parameters):
        number = next(self._numbers)
        self._send({"id": number, "method": method, "params": parameters})
        while True:
            message = self._receive()
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": self._answer(message)})
            elif message.get("id") == number:
                return message["result"]

    def _tell(self, method, **parameters):
        self._send({"method": method, "params": parameters})

    def _answer(self, request):
        """Give the server the interpreter and the folder of the package; of all else it gets nothing."""
        settings = {"python": {"pythonPath": sys.executable, "analysis": {"extraPaths": [str(ROOT)]}},
                    "basedpyright": {"analysis": {"extraPaths": [str(ROOT)]}},
                    "basedpyright.analysis": {"extraPaths": [str(ROOT)]}}
        if request["method"] == "workspace/configuration":
            return [settings.get(item["section"]) for item in request["params"]["items"]]
        return None

    def _send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._server.stdin.flush()

    def _receive(self):
        length = 0
        while line := self._server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise EOFError("the language server has ended")
        return json.loads(self._server.stdout.read(length))
