"""Makes examples/python.ipynb of docs/python.md, and executes it:   python3 scripts/notebook.py

It needs a build (npm run build) and nbclient, nbformat, ipykernel, matplotlib and pyarrow for Python.
"""

import os
import re
import tempfile
from pathlib import Path

import nbclient
import nbformat.v4 as v4
import nbformat

root = Path(__file__).parent.parent
page = (root / "docs/python.md").read_text(encoding="utf8")

cells = []
for language, code, prose in re.findall(r"^```(\w+)[^\n]*\n((?:(?!```).*\n)*)```$|((?:^(?!```).*\n)+)", page, re.M):
    if language == "python":
        cells.append(v4.new_code_cell(code.strip(), id=f"code-{len(cells)}"))
    elif prose.strip():
        # Links of the page are relative to docs/.
        text = re.sub(r"\]\((?!https?:|#)", "](../docs/", prose.strip())
        cells.append(v4.new_markdown_cell(text, id=f"text-{len(cells)}"))
notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})

with tempfile.TemporaryDirectory() as folder:
    command = Path(folder, "bin", "npx")
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nshift\nexec node "{root.resolve()}/dist/cli.js" "$@"\n')
    command.chmod(0o755)
    os.environ["PATH"] = f"{command.parent}:{os.environ['PATH']}"
    nbclient.NotebookClient(notebook, resources={"metadata": {"path": folder}}).execute()

for cell in notebook.cells:
    cell.metadata.pop("execution", None)  # the time of day
nbformat.write(notebook, root / "examples/python.ipynb")
