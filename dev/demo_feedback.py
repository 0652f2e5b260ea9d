"""What the demo factory's customers say: the tables that dev/demo_data.py turns into records.

Days count back from the day of installation. Answers stay away from the day on which they leave
the last 12 months (365 days ago).
"""

from collections import namedtuple

#: Four topics 1–5 (product, service, delivery, price), NPS 0–10, CSAT 1–5; "" = no answer.
#: ``resolved``: days ago a complaint was settled, "" = it is open.
Feedback = namedtuple(
    "Feedback",
    "customer age channel product service delivery price nps csat remark resolved",
    defaults=("",),
)
#: An answer by one click after an order.
Rating = namedtuple("Rating", "customer age rating remark")
#: To improve: from the customer's newest feedback; ``deadline`` in days from today (negative: over).
Improvement = namedtuple("Improvement", "customer name owner since deadline state result")
Need = namedtuple("Need", "customer age name description amount state category")
#: A question by mail that was not answered.
Question = namedtuple("Question", "customer age state reason error", defaults=("", ""))

# ruff: noqa: E501 -- tables, one record a line
# fmt: off
FEEDBACK = [
    # Delighted.
    Feedback("nordhelm", 12, "visit", 5, 5, 5, 5, 10, "", "Wants to show our cell at their own fair."),
    Feedback("nordhelm", 150, "survey", 5, 5, 5, 4, 9, 5, ""),
    Feedback("takumi", 20, "phone", 5, 5, 5, "", 10, "", "Cables are always in stock with us, nowhere else."),
    Feedback("fluxion", 35, "visit", 5, 5, 5, 5, 9, 5, "The second robot series will use our gearboxes only."),
    Feedback("nagara", 24, "visit", 5, 5, 5, 4, 10, "", "Commissioning in two days instead of five."),
    Feedback("sunpath", 9, "survey", 5, 5, 4, 5, 9, 5, ""),
    # Satisfied.
    Feedback("huarui", 6, "visit", 5, 4, 4, 3, 8, "", "Prices of the 75 kW inverters are under discussion."),
    Feedback("huarui", 96, "phone", 4, 5, 4, 3, "", "", ""),
    Feedback("huarui", 220, "survey", 5, 4, 5, 4, 9, 4, ""),
    Feedback("lakeshore", 15, "phone", 5, 4, 4, 4, 8, "", "Asks for English labels on the spare part bags."),
    Feedback("qingtan", 28, "visit", 4, 5, 4, 4, 8, "", "Service engineer praised by name: Lin Yue."),
    Feedback("weissenbach", 58, "survey", 5, 4, 4, 3, 7, 4, "Documentation for the approval came late."),
    Feedback("yongda", 17, "phone", 4, 5, 5, 3, "", "", ""),
    Feedback("brightwater", 40, "phone", 4, 4, 4, 4, "", "", ""),
    Feedback("meilan", 30, "visit", 4, 4, 4, 3, 8, "", ""),
    Feedback("hoshizora", 33, "visit", 5, 5, 3, 4, 8, "", "Very quiet servo; packaging could be smaller."),
    Feedback("emscher", 18, "phone", 4, 4, 5, 4, "", "", ""),
    Feedback("shunfa", 21, "visit", 4, 5, 4, 4, 8, "", "Came back because the competitor had no service nearby."),
    Feedback("miyabi", 38, "phone", 4, 4, 4, 4, 7, "", ""),
    Feedback("harbour", 70, "third_party", 5, 4, 4, 3, "", 4, "Heard from their general contractor."),
    Feedback("ostsee", 80, "survey", 4, 4, 5, 3, 7, 4, ""),
    Feedback("curitiba", 26, "phone", 4, 5, 4, 4, 9, "", ""),
    Feedback("guanlan", 75, "online", 4, 4, 4, 4, "", 4, ""),
    Feedback("hanseatic", 19, "visit", 4, 5, 4, 3, 8, "", "Glad to be back."),
    # Neutral.
    Feedback("kitahama", 62, "survey", 4, 3, 3, 3, 6, 3, "Two deliveries in a row were a week late."),
    Feedback("hengshuo", 45, "phone", 4, 3, 3, 2, 6, "", ""),
    Feedback("sulmetais", 50, "phone", 4, 3, 2, 3, 7, "", "Customs papers were wrong, goods stood in the port for nine days."),
    Feedback("andina", 66, "visit", 3, 4, 3, 3, "", "", ""),
    Feedback("zhongke", 115, "survey", 4, 3, 3, 2, 5, 3, ""),
    Feedback("halbach", 130, "phone", 4, 3, 3, 3, "", "", ""),
    Feedback("kestrel", 120, "visit", 4, 4, 3, 2, 7, "", "Wants a salt-water version."),
    Feedback("tiete", 60, "phone", 3, 4, 3, 3, "", "", ""),
    Feedback("huarui_vn", 49, "visit", 4, 3, 3, 3, 6, "", "Service from Suzhou takes a day too long."),
    # Dissatisfied.
    Feedback("delta", 32, "complaint", 3, 2, 1, 2, 3, "", "Third drive this year that failed in the first week; line stood for 11 hours."),
    Feedback("delta", 140, "phone", 3, 2, 2, 2, 4, "", ""),
    Feedback("westfalen", 25, "complaint", 4, 2, 1, 3, 4, "", "Ordered for the harvest, delivered after it.", 20),
    Feedback("ironwood", 97, "complaint", 2, 3, 3, 2, "", "", "Wrong encoder in the box, sent back.", 90),
    Feedback("hanyang", 205, "phone", 3, 2, 2, 1, 2, "", "Competitor offers 18 % less and keeps a stock in Wuhan."),
    Feedback("jinqiao", 188, "third_party", 3, 1, 2, 2, "", "", "Their buyer told the dealer that nobody calls back."),
    Feedback("bergkamp", 235, "complaint", 2, 2, 2, 2, 1, "", "Gearbox noise; never answered to their satisfaction."),
    Feedback("vanta", 119, "complaint", 1, 2, 3, 2, 0, 1, "All goods sent back.", 112),
    Feedback("greatbasin", 196, "review", 2, 2, 2, 3, "", 2, "Two stars on a dealers' forum."),
    Feedback("valedoaco", 105, "phone", 2, 2, 3, 2, 3, "", ""),
    # A remark only, and one from long ago: no answer counts.
    Feedback("xinhe", 5, "visit", "", "", "", "", "", "", "First call-off arrived; too early to say more."),
    Feedback("rioclaro", 390, "survey", 4, 4, 4, 4, 8, 4, ""),
    Feedback("prairie", 14, "online", "", "", "", "", "", "", "Asked for the manual in English."),
]

RATINGS = [
    Rating("huarui", 4, 5, ""), Rating("nordhelm", 9, 5, "Perfect as always."), Rating("lakeshore", 3, 5, ""),
    Rating("qingtan", 5, 3, "One of four boxes came a day later."), Rating("takumi", 5, 5, ""),
    Rating("yongda", 2, 5, ""), Rating("brightwater", 11, 3, ""), Rating("sunpath", 4, 5, "Smooth."),
    Rating("delta", 28, 1, "Again a drive that failed at once."), Rating("westfalen", 21, 3, ""),
    Rating("emscher", 8, 5, ""), Rating("curitiba", 18, 5, ""), Rating("xinhe", 3, 5, "Great start!"),
    Rating("amano", 50, 5, ""), Rating("ruhrtal", 37, 3, "Nobody told us about the partial delivery."),
    Rating("kitahama", 63, 1, "A week late, again."), Rating("sulmetais", 47, 3, ""),
]

IMPROVEMENTS = [
    Improvement("delta", "Burn in every 0.75 kW drive for 24 hours", "demo_user_manager", 30, -6, "doing", ""),
    Improvement("sulmetais", "Check list for export papers to Brazil", "demo_user_sales", 48, -12, "open", ""),
    Improvement("westfalen", "Harvest customers get a fixed delivery week", "demo_user_manager", 24, 21, "open", ""),
    Improvement("kitahama", "Weekly call with the forwarder about Japan", "demo_user_manager", 60, 9, "doing", ""),
    Improvement("lakeshore", "English labels on spare part bags", "demo_user_sales", 14, 30, "open", ""),
    Improvement("ironwood", "Scan the article before the box is closed", "demo_user_manager", 96, -60, "done", "No wrong article since; the scanner pays for itself."),
    Improvement("vanta", "Home automation only through dealers", "demo_user_manager", 115, -80, "done", "Two dealers found, returns fell to zero."),
    Improvement("greatbasin", "Answer on the forum", "base.user_demo", 190, -170, "cancelled", "The forum was closed."),
    Improvement("huarui_vn", "Stock of spare parts in Bình Dương", "demo_user_sales", 45, 45, "doing", ""),
]

CATEGORIES = {"motors": "Motors", "gearboxes": "Gearboxes", "inverters": "Inverters"}

NEEDS = [
    Need("kestrel", 120, "Salt-water proof servo motor", "IP69K, stainless housing, up to 2 kW.", 45000, "considered", "motors"),
    Need("bluefin", 30, "Salt-water proof servo motor", "For feeding pumps on the sea.", 28000, "new", "motors"),
    Need("hoshizora", 33, "Servo motor below 40 dB", "For instruments beside a patient's bed.", 60000, "new", "motors"),
    Need("weissenbach", 58, "Servo motor below 40 dB", "Patient table.", 52000, "considered", "motors"),
    Need("elbtal", 100, "Gearbox for clean rooms", "No grease that evaporates.", 35000, "new", "gearboxes"),
    Need("semicon", 22, "Gearbox for clean rooms", "ISO class 4.", 90000, "considered", "gearboxes"),
    Need("xinhe", 5, "Inverter with battery feedback", "Energy back into the cells under test.", 80000, "new", "inverters"),
    Need("calder", 13, "Inverter with battery feedback", "", 110000, "considered", "inverters"),
    Need("miyabi", 38, "Stainless gearbox for wash-down", "Washed every night with hot lye.", 40000, "made", "gearboxes"),
    Need("meilan", 30, "Servo motor for 24 V", "For appliances that run on batteries.", 15000, "declined", "motors"),
    Need("hengshuo", 45, "Door drive with certificate EN 81", "Ready to mount.", 70000, "new", "motors"),
    Need("minas", 47, "Door drive with certificate EN 81", "120 elevators.", 41000, "new", "motors"),
]

QUESTIONS = [
    Question("tiete", 12, "sent"), Question("meilan", 14, "sent"), Question("hanseatic", 10, "sent"),
    Question("shunfa", 18, "sent"), Question("prairie", 13, "skipped", "opt_out"),
    Question("hoshizora", 17, "failed", "", "The mail server refused the address."),
]
# fmt: on
