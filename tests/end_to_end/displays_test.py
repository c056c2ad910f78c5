"""Rich output: MIME bundles, DataFrames, figures, images."""

from __future__ import annotations

import hashlib
import json

import pytest
from carrel import Change, DisplayEvent, Limits
from support import run, value

PNG = b"\x89PNG\r\n\x1a\n"


def test_dataframe_is_html_and_text(science):
    code = "import pandas as pd\npd.DataFrame({'city': ['Köln', 'Oslo'], 'n': [1, 2]})"
    result = run(science, code).result
    assert "<table" in result.html
    assert "Köln" in result.html
    assert result.text.splitlines()[0].split() == ["city", "n"]
    assert [item.mime_type for item in result.data] == ["text/plain", "text/html"]


def test_open_figure_is_displayed_once_at_the_end_of_the_cell(science):
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nprint('plotted')"
    result = run(science, code)
    (display,) = result.displays
    assert display.get("image/png").data.startswith(PNG)
    assert run(science, "1").displays == ()


def test_shown_figures_are_displayed_in_place(science):
    code = """
import matplotlib.pyplot as plt
for n in range(2):
    plt.figure(); plt.plot([n, 1]); plt.show()
    print(n)
"""
    displays = run(science, code).displays
    assert len(displays) == 2
    assert all(display.get("image/png").data.startswith(PNG) for display in displays)


def test_displayed_image_can_be_fetched_later(science):
    code = "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2, 3])"
    result = run(science, code)
    image = result.displays[0].get("image/png").data
    (artifact,) = [item for item in result.artifacts if item.change is Change.DISPLAYED]
    assert artifact.mime_type == "image/png"
    assert artifact.size_bytes == len(image)
    assert artifact.sha256 == hashlib.sha256(image).hexdigest()
    assert artifact.name.startswith(f"{result.execution.name}/images/")
    assert science.read_bytes(artifact) == image
    assert science.file(artifact).sha256 == artifact.sha256


def test_image_too_large_for_the_stream_is_an_artifact(client, science):
    limit = client.info().max_inline_image_bytes
    code = f"""
import os
from IPython.display import Image, display
data = {PNG!r} + os.urandom({limit})
display(Image(data=data, format='png'))
"""
    result = run(science, code)
    item = result.displays[0].get("image/png")
    assert item.data is None
    assert item.size_bytes == limit + len(PNG)
    assert len(science.read_bytes(item.artifact)) == limit + len(PNG)


def test_text_of_many_scripts_is_drawn_without_warnings(science):
    code = """
import matplotlib.pyplot as plt, warnings
warnings.simplefilter('error')
plt.title('Ελληνικά Кириллица 数据 データ 데이터 عربي 🎉')
"""
    result = run(science, code)
    assert result.stderr == ""
    assert len(result.displays) == 1


def test_display_of_every_kind_of_mime_type(session):
    code = """
display({'text/plain': 'plain', 'application/json': {'a': [1]}, 'image/svg+xml': '<svg/>',
         'text/markdown': '**b**'}, raw=True, metadata={'text/plain': {'k': 1}})
"""
    (display,) = run(session, code).displays
    assert display.text == "plain"
    assert json.loads(display.get("application/json").text) == {"a": [1]}
    assert display.get("image/svg+xml").text == "<svg/>"
    assert display.get("text/markdown").text == "**b**"
    assert display.metadata == {"text/plain": {"k": 1}}


def test_update_of_a_display_replaces_it(session):
    events = []
    code = "h = display('one', display_id='d')\nprint('between')\nh.update('two')"
    result = session.execute(code, on_event=events.append)
    shown = [event.display for event in events if isinstance(event, DisplayEvent)]
    assert [(item.text, item.display_id, item.update) for item in shown] == [
        ("'one'", "d", False),
        ("'two'", "d", True),
    ]
    assert [item.text for item in result.displays] == ["'two'"]


def test_displays_beyond_their_bound_are_dropped_with_their_size(client):
    with client.create_session("minimal", limits=Limits(display_bytes=10_000)) as session:
        code = "display('small')\ndisplay({'text/plain': 'x' * 50_000}, raw=True)\nprint('on')"
        result = run(session, code)
        assert result.displays[0].text == "'small'"
        (item,) = result.displays[1].data
        assert (item.dropped, item.size_bytes, item.text) == (True, 50_000, None)
        assert result.stdout == "on\n"


def test_rich_objects_of_libraries_are_shown(science):
    code = "import sympy\nx = sympy.symbols('x')\nsympy.Integral(sympy.sqrt(1 / x), x)"
    result = run(science, code, timeout=110).result
    assert "text/latex" in [item.mime_type for item in result.data]
    assert result.text


def test_repr_that_raises_does_not_lose_the_cell(session):
    code = """
class Bad:
    def __repr__(self): return 'plain'
    def _repr_html_(self): raise ValueError('no html')
display(Bad())
print('on')
"""
    result = run(session, code)
    assert result.displays[0].text == "plain"
    assert "on\n" in result.stdout


AFTER_SHOW = {
    "savefig": "plt.savefig('a.png')",
    "gcf": "plt.gcf().savefig('a.png')",
    "figure": "figure.savefig('a.png')",
}


@pytest.mark.parametrize("save", AFTER_SHOW.values(), ids=AFTER_SHOW)
def test_shown_figure_can_still_be_saved_and_is_displayed_once(science, save):
    code = f"""
import matplotlib.pyplot as plt
figure = plt.figure(figsize=(2, 2)); plt.bar([1], [1], width=9, color='red'); plt.axis('off')
plt.show()
{save}
from PIL import Image
print(Image.open('a.png').convert('RGB').getpixel((100, 100)))
"""
    result = run(science, code)
    assert len(result.displays) == 1
    assert result.stdout == "(255, 0, 0)\n"


def test_plot_after_a_shown_figure_begins_a_new_one(science):
    code = """
import matplotlib.pyplot as plt
for n in range(3):
    plt.plot([n]); plt.show()
    print(len(plt.gca().lines)); plt.close()
"""
    result = run(science, code)
    assert len(result.displays) == 3
    assert result.stdout == "0\n0\n0\n"


def test_shown_figure_is_not_the_next_cells(science):
    run(science, "import matplotlib.pyplot as plt\nplt.plot([1]); plt.show()")
    assert value(science, "len(plt.gcf().axes)") == "0"


@pytest.mark.parametrize("backend", ["notebook", "widget", "qt", "tk"])
def test_figures_that_want_a_screen_are_shown_inline(science, backend):
    code = f"%matplotlib {backend}\nimport matplotlib.pyplot as plt\n_ = plt.plot([1, 2])"
    result = run(science, code)
    (display,) = result.displays
    assert display.get("image/png").data.startswith(PNG)
    assert f"no screen for `%matplotlib {backend}`" in result.stderr
