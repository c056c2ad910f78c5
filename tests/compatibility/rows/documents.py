"""Office documents, PDF, markup."""

from rows.row import science

ROWS = (
    science("reportlab writes what pypdf and pdfplumber read", """
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen import canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
import pdfplumber
from pypdf import PdfReader, PdfWriter
SimpleDocTemplate("d.pdf", pagesize=A4).build([Paragraph("Hello <b>PDF</b>", getSampleStyleSheet()["Title"]),
    Table([["a", "b"], ["1", "2"]], style=[("GRID", (0, 0), (-1, -1), 1, (0, 0, 0))])])
c = canvas.Canvas("e.pdf"); c.drawString(72, 700, "second"); c.save()
writer = PdfWriter(); [writer.append(name) for name in ("d.pdf", "e.pdf")]; writer.write("both.pdf")
reader = PdfReader("both.pdf"); print(len(reader.pages), reader.pages[1].extract_text().strip())
with pdfplumber.open("both.pdf") as pdf: print(pdf.pages[0].extract_text().splitlines()[0], pdf.pages[0].extract_tables())
""", "2 second\nHello PDF [[['a', 'b'], ['1', '2']]]"),
    science("reportlab with a font of the system", """
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas
from pypdf import PdfReader
pdfmetrics.registerFont(TTFont("DejaVu", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"))
c = canvas.Canvas("u.pdf"); c.setFont("DejaVu", 12); c.drawString(72, 700, "Größe Ж"); c.save()
print(PdfReader("u.pdf").pages[0].extract_text().strip())
""", "Größe Ж"),
    science("pypdf encrypts", """
from pypdf import PdfReader, PdfWriter
w = PdfWriter(); w.add_blank_page(100, 100); w.encrypt("pw", algorithm="RC4-128"); w.write("x.pdf")
r = PdfReader("x.pdf"); print(r.is_encrypted, r.decrypt("pw").name, len(r.pages))
""", "True OWNER_PASSWORD 1"),
    science("pdfplumber draws a page", """
from reportlab.pdfgen import canvas
import pdfplumber
c = canvas.Canvas("d.pdf"); c.drawString(72, 700, "x"); c.save()
with pdfplumber.open("d.pdf") as pdf: pdf.pages[0].to_image(resolution=50).save("p.png"); print(open("p.png", "rb").read(4))
""", "b'\\x89PNG'"),
    science("python-docx", """
import io
import docx
from docx.shared import Inches, Pt
from PIL import Image
picture = io.BytesIO(); Image.new("RGB", (9, 9)).save(picture, "PNG"); picture.seek(0)
d = docx.Document(); d.add_heading("Title", 0); d.add_paragraph("text é", style="List Bullet").runs[0].bold = True
t = d.add_table(1, 2, style="Table Grid"); t.cell(0, 1).text = "cell"; d.add_picture(picture, width=Inches(1)); d.save("d.docx")
back = docx.Document("d.docx"); print([p.text for p in back.paragraphs][:2], back.tables[0].cell(0, 1).text, len(back.inline_shapes))
""", "['Title', 'text é'] cell 1"),
    science("python-pptx", """
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
p = Presentation(); s = p.slides.add_slide(p.slide_layouts[5]); s.shapes.title.text = "Slide"
data = CategoryChartData(); data.categories = ["a", "b"]; data.add_series("S", (1, 2))
s.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(4), Inches(3), data); p.save("p.pptx")
print([shape.name for shape in Presentation("p.pptx").slides[0].shapes][0], Presentation("p.pptx").slides[0].shapes[1].has_chart)
""", "Title 1 True"),
    science("openpyxl", """
import openpyxl
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font, PatternFill
book = openpyxl.Workbook(); sheet = book.active
for row in (["n", "v"], ["a", 1], ["b", 2]): sheet.append(row)
sheet["A1"].font = Font(bold=True); sheet["B4"] = "=SUM(B2:B3)"; sheet["A1"].fill = PatternFill("solid", fgColor="FFFF00")
chart = BarChart(); chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=3), titles_from_data=True); sheet.add_chart(chart, "D2")
book.save("o.xlsx"); back = openpyxl.load_workbook("o.xlsx").active; print(back["B4"].value, back["A1"].font.b, back.max_row)
""", "=SUM(B2:B3) True 4"),
    science("lxml and beautifulsoup", """
from bs4 import BeautifulSoup
from lxml import etree, html
page = "<html><body><ul><li class=a>1<li>2</ul><a href='/x'>é</a></body></html>"
for parser in ("lxml", "html.parser"): print(len(BeautifulSoup(page, parser).select("li")), end=" ")
soup = BeautifulSoup(page, "lxml"); print(soup.a["href"], soup.find("li", class_="a").get_text(), html.fromstring(page).xpath("//a/text()"))
root = etree.fromstring(b"<r><i n='1'/></r>"); print(root.xpath("//i/@n"), etree.tostring(root))
style = etree.XSLT(etree.XML('<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/">ok</x:template></x:stylesheet>'))
print(str(style(root)).strip().endswith("ok"))
""", "2 2 /x 1 ['é']\n['1'] b'<r><i n=\"1\"/></r>'\nTrue"),
    science("jinja2", """
import jinja2
print(jinja2.Environment(autoescape=True).from_string("{% for x in xs %}{{ x }};{% endfor %}").render(xs=[1, "<"]))
""", "1;&lt;;"),
)  # fmt: skip
