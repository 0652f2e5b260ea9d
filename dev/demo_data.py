"""Write the addon's demo data: a factory for drives, its customers, three years of sales.

    python3 dev/demo_data.py            write customer_segmentation/demo/*.xml
    python3 dev/demo_data.py --check    exit 1 when a file there is not what would be written

A customer is one line of CUSTOMERS: who it is and how it buys. Orders follow from the line and a
fixed seed, so that the same files come out everywhere. Days count back from the day of
installation and keep away from the limits of the segments (30, 90, 180 and 365 days, where the
windows of calendar months begin and end), so that every segment has a customer on any day.
"""

import argparse
import math
import random
import sys
from collections import namedtuple
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from demo_feedback import CATEGORIES, FEEDBACK, IMPROVEMENTS, NEEDS, QUESTIONS, RATINGS

FOLDER = Path(__file__).resolve().parent.parent / "customer_segmentation" / "demo"
SEED = 20240517

# Ages in days at which a window of 12 or 24 calendar months may begin, with a margin.
WINDOW_BORDERS = ((360, 371), (725, 737))
# What a product cost, by the age of the order.
PRICE_STEPS = ((730, 0.92), (365, 0.96), (0, 1.0))
LARGE_ORDER = 20000
LARGE_ORDER_DISCOUNT = 5  # per cent

Product = namedtuple("Product", "key name code price")
Place = namedtuple("Place", "city country state zip street phone")
Customer = namedtuple("Customer", "key name place industry salesperson orders")
Order = namedtuple("Order", "key customer contact age state lines discount note", defaults=("",))
Lead = namedtuple("Lead", "customer name age stage probability revenue")
Override = namedtuple(
    "Override", "customer rule segment reason user age ended ended_by until note", defaults=("", "", "")
)

# ruff: noqa: E501 -- tables, one record a line
# fmt: off
PRODUCTS = [
    Product("cable_set", "Servo Cable Set 5 m", "DRV-CBL-05", 38),
    Product("encoder", "Absolute Encoder 23-bit", "DRV-ENC-23", 85),
    Product("spare_kit", "Spare Parts Kit (bearings, seals, fan)", "DRV-SPK-01", 120),
    Product("servo_400", "Servo Motor 400 W", "SM-0400", 185),
    Product("servo_2000", "Servo Motor 2 kW", "SM-2000", 520),
    Product("servo_drive", "Servo Drive 0.75 kW", "SD-0075", 310),
    Product("inverter_5", "Frequency Inverter 5.5 kW", "FI-0550", 480),
    Product("inverter_75", "Frequency Inverter 75 kW", "FI-7500", 3900),
    Product("gearbox", "Planetary Gearbox 1:10", "PG-010", 290),
    Product("panel", 'Operator Panel 10"', "OP-10", 390),
    Product("controller", "Motion Controller 8 Axes", "MC-08", 1450),
    Product("asynchronous_90", "Asynchronous Motor 90 kW", "AM-9000", 6800),
]

PLACES = {
    # China
    "suzhou": Place("Suzhou", "cn", "cn_JS", "215021", "188 Suhong West Road", "+86 512 5555 01"),
    "shenzhen": Place("Shenzhen", "cn", "cn_GD", "518057", "22 Keyuan Road", "+86 755 5555 01"),
    "guangzhou": Place("Guangzhou", "cn", "cn_GD", "510530", "9 Kaitai Avenue", "+86 20 5555 01"),
    "dongguan": Place("Dongguan", "cn", "cn_GD", "523808", "5 Songshan Lake Road", "+86 769 5555 01"),
    "foshan": Place("Foshan", "cn", "cn_GD", "528311", "31 Beijiao Industrial Road", "+86 757 5555 01"),
    "hangzhou": Place("Hangzhou", "cn", "cn_ZJ", "311215", "77 Jianshe 2nd Road", "+86 571 5555 01"),
    "hefei": Place("Hefei", "cn", "cn_AH", "230088", "400 Wangjiang West Road", "+86 551 5555 01"),
    "wuhan": Place("Wuhan", "cn", "cn_HB", "430056", "12 Zhuanyang Avenue", "+86 27 5555 01"),
    "xiamen": Place("Xiamen", "cn", "cn_FJ", "361006", "16 Huoju Road", "+86 592 5555 01"),
    "shanghai": Place("Shanghai", "cn", "cn_SH", "201206", "550 Jinqiao Road", "+86 21 5555 01"),
    "tianjin": Place("Tianjin", "cn", "cn_TJ", "300457", "8 Dongting Road", "+86 22 5555 01"),
    "linyi": Place("Linyi", "cn", "cn_SD", "276017", "60 Hedong Industrial Park", "+86 539 5555 01"),
    "changsha": Place("Changsha", "cn", "cn_HN", "410100", "3 Lixiang Middle Road", "+86 731 5555 01"),
    "chongqing": Place("Chongqing", "cn", "cn_CQ", "401122", "19 Jinkai Avenue", "+86 23 5555 01"),
    # Germany, Austria, the Netherlands, Italy
    "stuttgart": Place("Stuttgart", "de", "de_bw", "70565", "Industriestraße 41", "+49 711 5550 01"),
    "nuremberg": Place("Nürnberg", "de", "de_by", "90411", "Flughafenstraße 118", "+49 911 5550 01"),
    "dortmund": Place("Dortmund", "de", "de_nw", "44145", "Bornstraße 230", "+49 231 5550 01"),
    "essen": Place("Essen", "de", "de_nw", "45141", "Gladbecker Straße 74", "+49 201 5550 01"),
    "goettingen": Place("Göttingen", "de", "de_ni", "37079", "August-Spindler-Straße 6", "+49 551 5550 01"),
    "freiburg": Place("Freiburg", "de", "de_bw", "79108", "Tullastraße 55", "+49 761 5550 01"),
    "chemnitz": Place("Chemnitz", "de", "de_sn", "09120", "Annaberger Straße 105", "+49 371 5550 01"),
    "bremen": Place("Bremen", "de", "de_hb", "28217", "Überseestadt 14", "+49 421 5550 01"),
    "muenster": Place("Münster", "de", "de_nw", "48155", "Robert-Bosch-Straße 20", "+49 251 5550 01"),
    "rostock": Place("Rostock", "de", "de_mv", "18069", "Am Fischereihafen 3", "+49 381 5550 01"),
    "dresden": Place("Dresden", "de", "de_sn", "01109", "Hermann-Reichelt-Straße 9", "+49 351 5550 01"),
    "innsbruck": Place("Innsbruck", "at", "", "6020", "Rennweg 47", "+43 512 5550 01"),
    "nijmegen": Place("Nijmegen", "nl", "nl_ge", "6545", "Bijsterhuizen 112", "+31 24 555 01"),
    "rotterdam": Place("Rotterdam", "nl", "nl_zh", "3089", "Waalhaven 60", "+31 10 555 01"),
    "turin": Place("Torino", "it", "it_to", "10135", "Via Onorato Vigliani 51", "+39 011 5550 01"),
    # United States
    "milwaukee": Place("Milwaukee", "us", "us_50", "53204", "1210 S Water Street", "+1 414 555 01"),
    "houston": Place("Houston", "us", "us_44", "77029", "8400 Market Street Road", "+1 713 555 01"),
    "austin": Place("Austin", "us", "us_44", "78744", "4616 Burleson Road", "+1 512 555 01"),
    "columbus": Place("Columbus", "us", "us_30", "43207", "2700 Groveport Road", "+1 614 555 01"),
    "boston": Place("Boston", "us", "us_34", "02210", "27 Drydock Avenue", "+1 617 555 01"),
    "des_moines": Place("Des Moines", "us", "us_16", "50313", "3020 Delaware Avenue", "+1 515 555 01"),
    "portland": Place("Portland", "us", "us_32", "97210", "2030 NW 29th Avenue", "+1 503 555 01"),
    "seattle": Place("Seattle", "us", "us_48", "98108", "6020 W Marginal Way", "+1 206 555 01"),
    "reno": Place("Reno", "us", "us_23", "89502", "1450 Corporate Boulevard", "+1 775 555 01"),
    "phoenix": Place("Phoenix", "us", "us_3", "85040", "3840 E Broadway Road", "+1 602 555 01"),
    "san_jose": Place("San Jose", "us", "us_5", "95131", "2150 Ringwood Avenue", "+1 408 555 01"),
    "chicago": Place("Chicago", "us", "us_14", "60632", "4100 W 42nd Place", "+1 312 555 01"),
    # Japan
    "osaka": Place("Osaka", "jp", "jp_jp-27", "550-0027", "2-4-8 Kujo, Nishi-ku", "+81 6 5550 01"),
    "nagoya": Place("Nagoya", "jp", "jp_jp-23", "455-0831", "11 Jūichiya, Minato-ku", "+81 52 555 01"),
    "kyoto": Place("Kyoto", "jp", "jp_jp-26", "601-8203", "30 Kuze Tsukiyama", "+81 75 555 01"),
    "yokohama": Place("Yokohama", "jp", "jp_jp-14", "236-0004", "1-8 Fukuura, Kanazawa-ku", "+81 45 555 01"),
    "fukuoka": Place("Fukuoka", "jp", "jp_jp-40", "812-0051", "4-2 Hakozaki Futo", "+81 92 555 01"),
    "niigata": Place("Niigata", "jp", "jp_jp-15", "950-0871", "7-3 Yamanoshita", "+81 25 555 01"),
    "gifu": Place("Gifu", "jp", "jp_jp-21", "500-8384", "5-1 Yabuta Minami", "+81 58 555 01"),
    # Brazil, Mexico, Vietnam
    "sao_paulo": Place("São Paulo", "br", "br_sp", "05038-110", "Rua do Curtume 745", "+55 11 5550 01"),
    "rio_claro": Place("Rio Claro", "br", "br_sp", "13505-600", "Avenida Brasil 2800", "+55 19 5550 01"),
    "joinville": Place("Joinville", "br", "br_sc", "89219-600", "Rua Dona Francisca 8300", "+55 47 5550 01"),
    "belo_horizonte": Place("Belo Horizonte", "br", "br_mg", "30775-500", "Anel Rodoviário 26", "+55 31 5550 01"),
    "curitiba": Place("Curitiba", "br", "br_pr", "81170-610", "Rua João Bettega 5200", "+55 41 5550 01"),
    "porto_alegre": Place("Porto Alegre", "br", "br_rs", "90230-180", "Rua Voluntários 3900", "+55 51 5550 01"),
    "monterrey": Place("Monterrey", "mx", "mx_nl", "64540", "Avenida Ruiz Cortines 1500", "+52 81 5550 01"),
    "binh_duong": Place("Thuận An", "vn", "", "75000", "12 VSIP Street 3", "+84 274 5550 01"),
}

S, M, D, NOBODY = "demo_user_sales", "demo_user_manager", "base.user_demo", ""

# How a customer buys: (oldest, newest, step, amount), in days ago, days and money; a tuple of
# such phases. Oldest = newest is a single order. The last number of a line says all of it.
CUSTOMERS = [
    # Champions: often and lately; large ones, and small ones that come every few weeks.
    Customer("huarui", "Huarui Automation Equipment Co., Ltd.", "suzhou", "machinery", S, [(900, 8, 31, 9800)]),
    Customer("nordhelm", "Nordhelm Antriebstechnik GmbH", "stuttgart", "machinery", M, [(850, 14, 33, 8200)]),
    Customer("lakeshore", "Lakeshore Packaging Systems Inc.", "milwaukee", "machinery", D, [(740, 7, 30, 12500)]),
    Customer("qingtan", "Qingtan Electronics Manufacturing Co., Ltd.", "shenzhen", "electronics", S,
             [(1085, 380, 48, 5200), (350, 11, 23, 9100)]),
    Customer("yongda", "Yongda Motor Repair Service", "guangzhou", "trade", S, [(560, 6, 22, 430)]),
    Customer("brightwater", "Brightwater Pump Repair LLC", "houston", "trade", D, [(640, 18, 27, 520)]),
    Customer("takumi", "Takumi Denki Shokai K.K.", "osaka", "trade", M, [(700, 10, 33, 640)]),
    Customer("tiete", "Oficina Elétrica Tietê Ltda", "sao_paulo", "trade", D, [(520, 20, 28, 390)]),
    # Loyal: often, the last time some weeks ago.
    Customer("weissenbach", "Weissenbach Medizintechnik GmbH", "nuremberg", "medical_devices", M, [(830, 60, 56, 4300)]),
    Customer("hengshuo", "Hengshuo Elevator Parts Co., Ltd.", "hangzhou", "construction", S, [(700, 47, 41, 3700)]),
    Customer("kitahama", "Kitahama Seiki K.K.", "nagoya", "automotive_parts", M, [(900, 70, 53, 5400)]),
    Customer("ironwood", "Ironwood Conveyor Corp.", "columbus", "machinery", D, [(640, 104, 39, 650)]),
    Customer("sulmetais", "Sul Metais Indústria Ltda", "joinville", "household_appliances", D, [(640, 54, 49, 3200)]),
    # Potential: some orders, lately.
    Customer("meilan", "Meilan Household Appliances Co., Ltd.", "foshan", "household_appliances", S, [(420, 22, 92, 6600)]),
    Customer("fluxion", "Fluxion Robotics Inc.", "boston", "electronics", D, [(330, 40, 97, 7900)]),
    Customer("hoshizora", "Hoshizora Medical Instruments K.K.", "kyoto", "medical_devices", M, [(800, 25, 150, 3000)]),
    Customer("andina", "Bombas y Motores Andina S.A. de C.V.", "monterrey", "machinery", D, [(520, 67, 112, 1900)]),
    Customer("emscher", "Emscher Fördertechnik GmbH", "dortmund", "machinery", M, [(258, 15, 115, 9300)]),
    Customer("guanlan", "Guanlan Instrument Trading Co., Ltd.", "shenzhen", "trade", S, [(600, 79, 130, 1400)]),
    # New, and once some weeks ago.
    Customer("xinhe", "Xinhe New Energy Technology Co., Ltd.", "hefei", "energy", S, [(12, 12, 1, 7400)]),
    Customer("prairie", "Prairie Wind Controls LLC", "des_moines", "energy", D, [(21, 21, 1, 3100)]),
    Customer("marchetti", "Sofia Marchetti", "turin", "", M, [(6, 6, 1, 260)]),
    Customer("ruhrtal", "Ruhrtal Aufzugservice GmbH", "essen", "construction", M, [(44, 44, 1, 2200)]),
    Customer("amano", "Amano Coffee Machines K.K.", "yokohama", "household_appliances", M, [(58, 58, 1, 4900)]),
    Customer("whitaker", "Daniel Whitaker", "portland", "", D, [(74, 74, 1, 310)]),
    # Need attention, about to sleep.
    Customer("zhongke", "Zhongke Smart Lighting Co., Ltd.", "xiamen", "electronics", S, [(1000, 119, 71, 2800)]),
    Customer("halbach", "Halbach Laborgeräte GmbH", "goettingen", "medical_devices", M, [(700, 134, 76, 2400)]),
    Customer("valedoaco", "Vale do Aço Máquinas S.A.", "belo_horizonte", "machinery", D, [(640, 109, 58, 900)]),
    Customer("kestrel", "Kestrel Boatworks Inc.", "seattle", "construction", D, [(300, 128, 172, 5200)]),
    Customer("linyi", "Linyi Textile Machinery Works", "linyi", "machinery", S, [(106, 106, 1, 3800)]),
    Customer("gruber", "Gruber Kellereitechnik KG", "freiburg", "machinery", M, [(505, 160, 345, 1700)]),
    # At risk, can't lose: came often, then no more.
    Customer("hanyang", "Hanyang Auto Electric Co., Ltd.", "wuhan", "automotive_parts", S, [(640, 209, 30, 5700)]),
    Customer("bergkamp", "Bergkamp Drukmachines B.V.", "nijmegen", "machinery", M, [(760, 240, 38, 4200)]),
    Customer("hakozaki", "Hakozaki Pneumatics K.K.", "fukuoka", "machinery", M, [(1000, 191, 54, 4000)]),
    Customer("rioclaro", "Rio Claro Cerâmica Ltda", "rio_claro", "household_appliances", D, [(1050, 203, 58, 3300)]),
    Customer("jinqiao", "Jinqiao Air Compressor Co., Ltd.", "shanghai", "machinery", S,
             [(640, 435, 26, 2600), (424, 192, 13, 2700)]),
    Customer("greatbasin", "Great Basin Mining Supply Co.", "reno", "trade", D, [(430, 200, 12, 3400)]),
    # Hibernating and lost.
    Customer("oststern", "Oststern Werkzeugbau GmbH", "chemnitz", "machinery", M, [(900, 262, 120, 2500)]),
    Customer("fujimori", "Fujimori Precision K.K.", "nagoya", "automotive_parts", M, [(650, 280, 370, 3600)]),
    Customer("tianma", "Tianma Bicycle Parts Co., Ltd.", "tianjin", "automotive_parts", S, [(430, 300, 130, 1500)]),
    Customer("cedar", "Cedar Falls Creamery Equipment", "des_moines", "household_appliances", D, [(335, 335, 1, 2900)]),
    Customer("albers", "Jürgen Albers", "muenster", "", M, [(395, 395, 1, 340)]),
    Customer("portoverde", "Porto Verde Refrigeração Ltda", "porto_alegre", "household_appliances", D, [(700, 450, 62, 2300)]),
    Customer("wanxing", "Wanxing Ceramic Machinery Co., Ltd.", "foshan", "machinery", NOBODY, [(1080, 780, 46, 3100)]),
    Customer("alpenland", "Alpenland Seilbahnbau GmbH", "innsbruck", "construction", NOBODY, [(1060, 820, 61, 7200)]),
    Customer("copperline", "Copperline Signal Works", "phoenix", "electronics", NOBODY, [(905, 905, 1, 1100)]),
    # Won back after a long silence.
    Customer("shunfa", "Shunfa Crane & Hoist Co., Ltd.", "changsha", "construction", S, [(1085, 640, 46, 4900), (26, 26, 1, 6300)]),
    Customer("hanseatic", "Hanseatische Lüftungsbau GmbH", "bremen", "construction", M, [(1000, 560, 51, 3400), (66, 18, 48, 3700)]),
    Customer("miyabi", "Miyabi Foods Machinery K.K.", "niigata", "machinery", M, [(690, 690, 1, 8800), (41, 41, 1, 9900)]),
    # Falling and rising.
    Customer("delta", "Delta Printing Machinery Co., Ltd.", "dongguan", "machinery", S, [(1090, 382, 46, 6400), (342, 34, 61, 3900)]),
    Customer("westfalen", "Westfalen Landmaschinen GmbH", "muenster", "machinery", M, [(800, 400, 45, 5100), (345, 27, 56, 2600)]),
    Customer("sunpath", "Sunpath Tracker Systems Inc.", "austin", "energy", D, [(720, 400, 72, 4100), (350, 10, 36, 10200)]),
    Customer("curitiba", "Curitiba Automação Hospitalar S.A.", "curitiba", "medical_devices", D,
             [(800, 390, 92, 2600), (345, 24, 51, 4700)]),
    # Projects: seldom, but large.
    Customer("harbour", "Harbour Crane Projects B.V.", "rotterdam", "construction", M, [(940, 160, 260, 46000)]),
    Customer("lingnan", "Lingnan Water Affairs Bureau", "guangzhou", "government", S, [(700, 210, 245, 38000)]),
    Customer("ostsee", "Stadtwerke Warnowufer", "rostock", "government", M, [(695, 75, 310, 52000)]),
    Customer("nagara", "Nagara Hydropower Works K.K.", "gifu", "energy", M, [(622, 22, 300, 61000)]),
    # A refund took all of it back (RETURNS).
    Customer("vanta", "Vanta Smart Home Inc.", "san_jose", "household_appliances", D, [(150, 150, 1, 4200)]),
    # A subsidiary: a company below a company, a customer of its own.
    Customer("huarui_vn", "Huarui Automation Vietnam Co., Ltd.", "binh_duong", "machinery", S, [(290, 52, 79, 3900)]),
    # Prospects.
    Customer("baiyun", "Baiyun Packaging Machinery Co., Ltd.", "guangzhou", "machinery", S, []),
    Customer("elbtal", "Elbtal Pharma Anlagen GmbH", "dresden", "medical_devices", M, []),
    Customer("nakamura", "Grace Nakamura", "chicago", "", NOBODY, []),
    Customer("semicon", "Genkai Semiconductor Tools K.K.", "fukuoka", "electronics", M, []),
    Customer("bluefin", "Bluefin Aquaculture Systems Inc.", "seattle", "machinery", D, []),
    Customer("minas", "Minas Elevadores S.A.", "belo_horizonte", "construction", D, []),
    Customer("yuzhong", "Yuzhong EV Components Co., Ltd.", "chongqing", "automotive_parts", S, []),
    Customer("hartwell", "Hartwell Surgical Devices Inc.", "boston", "medical_devices", D, []),
    Customer("baoan", "Bao'an District Sports Centre", "shenzhen", "government", S, []),
    Customer("calder", "Calder Grid Storage Inc.", "houston", "energy", D, []),
    # Archived.
    Customer("ferrum", "Ferrum Gießereibedarf GmbH", "dortmund", "trade", NOBODY, [(900, 480, 70, 1800)]),
    Customer("bellweather", "Bellweather Tool & Die", "columbus", "machinery", NOBODY, [(420, 230, 48, 2100)]),
]

INDIVIDUALS = {"marchetti", "whitaker", "albers", "nakamura"}
ARCHIVED = {"ferrum", "bellweather"}
PARENTS = {"huarui_vn": "huarui"}

# Contacts of companies; each places about every third order of the company.
CONTACTS = {
    "huarui": ("Zhao Min", "Purchasing Manager"),
    "nordhelm": ("Katrin Vogt", "Head of Purchasing"),
    "lakeshore": ("Marcus Bell", "Plant Engineer"),
    "kitahama": ("Haruka Sato", "Procurement"),
    "qingtan": ("Chen Lei", "Supply Chain Director"),
    "sulmetais": ("Rafael Duarte", "Engineering"),
    "weissenbach": ("Dr. Ulrike Brandt", "Technical Purchasing"),
    "hanseatic": ("Ole Petersen", "Workshop Manager"),
    "sunpath": ("Priya Raman", "Operations"),
    "yuzhong": ("Liu Jian", "Project Manager"),
}

# Goods sent back: a confirmed order of negative quantities. (customer, days ago, amount)
RETURNS = [("vanta", 121, 0), ("ironwood", 98, 240), ("zhongke", 110, 700), ("delta", 150, 1600), ("tiete", 64, 160)]

# Goods given free: an order of amount 0. (customer, days ago)
SAMPLES = [("emscher", 5), ("gruber", 140), ("takumi", 96)]

# (customer, days ago, amount, state)
QUOTATIONS = [
    ("yuzhong", 9, 14500, "sent"), ("hartwell", 16, 8800, "sent"), ("huarui", 3, 11800, "sent"),
    ("fluxion", 5, 9400, "draft"), ("weissenbach", 12, 5100, "sent"), ("ironwood", 24, 1900, "sent"),
    ("rioclaro", 31, 4600, "sent"), ("harbour", 18, 57000, "sent"), ("zhongke", 2, 3300, "draft"),
    ("xinhe", 4, 12900, "draft"), ("hakozaki", 13, 5200, "sent"), ("calder", 7, 21000, "draft"),
]

CANCELLED = [("valedoaco", 70, 2600), ("cedar", 200, 3100)]

# Stages of crm: 1 new, 2 qualified, 3 proposition, 4 won, 0 lost.
LEADS = [
    Lead("semicon", "Servo axes for wafer handling", 23, 1, 10, 24000),
    Lead("bluefin", "Feeding pumps with inverter control", 35, 2, 30, 15500),
    Lead("minas", "Door drives for 120 elevators", 48, 2, 35, 41000),
    Lead("baoan", "Pool pump modernisation", 19, 3, 70, 33000),
    Lead("calder", "Cooling fan drives for battery halls", 14, 3, 60, 52000),
    Lead("yuzhong", "End-of-line test benches", 28, 3, 65, 38000),
    Lead("huarui", "Six-axis cell for the new plant", 11, 3, 75, 86000),
    Lead("lakeshore", "Case packer line 4", 20, 2, 45, 47000),
    Lead("fluxion", "Gearboxes for the second robot series", 17, 2, 40, 29000),
    Lead("weissenbach", "Drive of the patient table", 33, 1, 15, 12500),
    Lead("kestrel", "Hybrid winch prototype", 27, 1, 20, 9800),
    Lead("oststern", "Retrofit of the milling centre", 52, 1, 10, 7600),
    Lead("shunfa", "Crane modernisation, phase 2", 8, 2, 55, 31000),
    Lead("xinhe", "Winding machine for battery cells", 6, 2, 50, 44000),
    Lead("hakozaki", "Compressor drives, frame agreement", 40, 2, 25, 18000),
    Lead("portoverde", "Back in business: cold store fans", 16, 1, 10, 6500),
    Lead("nagara", "Spillway gate drives", 30, 3, 80, 61000),
    Lead("sunpath", "Tracker motors 2 MW", 45, 4, 100, 39000),
    Lead("qingtan", "Pick and place line 7", 60, 4, 100, 52000),
    Lead("copperline", "Signal gantry drives", 90, 0, 0, 8000),
    Lead("elbtal", "Filling line (budget withdrawn)", 120, 0, 0, 27000),
]


# What people know better than the rules: from so many days ago. Ended: days ago, and by whom (nobody:
# by itself); "" = in force, until = days from today.
OVERRIDES = [
    Override("xinhe", "value_c", "value_a", "strategic", S, 11, "", "", 180, "Frame agreement signed, first call-off delivered."),
    Override("fluxion", "value_b", "value_a", "strategic", D, 35, "", "", "", "Builds the second robot series on our gearboxes."),
    Override("kestrel", "lifecycle_at_risk", "lifecycle_active", "seasonal", D, 20, "", "", 60, "Boats are refitted in winter; orders come after the fair."),
    Override("oststern", "lifecycle_at_risk", "lifecycle_lost", "payment", M, 75, "", "", "", "Two invoices with the lawyer; no more deliveries."),
    Override("semicon", "stage_first_interest", "stage_strong_interest", "knowledge", M, 15, "", "", 45, "Visited the plant, sample tests passed."),
    Override("gruber", "lifecycle_at_risk", "lifecycle_active", "seasonal", M, 130, 64),
    Override("valedoaco", "lifecycle_at_risk", "lifecycle_active", "seasonal", D, 104, 82, D),
    Override("zhongke", "value_b", "value_a", "strategic", S, 210, 112, "", "", "Tender for street lights; decided without us."),
    Override("hanyang", "lifecycle_at_risk", "lifecycle_lost", "payment", S, 150, 95, M, "", "Paid in full meanwhile."),
    Override("linyi", "lifecycle_new", "lifecycle_dormant", "wrong_data", S, 52, 50, S, "", "Order was entered for another customer, and back."),
    Override("albers", "lifecycle_dormant", "lifecycle_lost", "knowledge", M, 160, 22, M, "", "Closed the workshop; sold it to his son."),
]

# fmt: on

# --------------------------------------------------------------------------------- generation


def build(seed=SEED):
    """All orders, confirmed or not, oldest first.

    :return list[Order]: ages in days, amounts in whole money except for discounts
    """
    rng = random.Random(seed)
    orders = []
    for customer in CUSTOMERS:
        for phase in customer.orders:
            orders += _phase_orders(rng, customer.key, *phase)
    orders += [_return(rng, orders, *line) for line in RETURNS]
    orders += [_sample(*line) for line in SAMPLES]
    orders += [
        _order(rng, key, age, amount, state)
        for key, age, amount, state in [*QUOTATIONS, *((*line, "cancel") for line in CANCELLED)]
    ]
    orders.sort(key=lambda order: -order.age)
    return [order._replace(key=f"demo_order_{number:04}") for number, order in enumerate(orders, 1)]


def _phase_orders(rng, customer, oldest, newest, step, amount):
    orders = []
    ages = _ages(rng, oldest, newest, step)
    for position, age in enumerate(sorted(ages, reverse=True)):
        scale = 0.75 + 0.5 * rng.random() if len(ages) > 1 else 1
        contact = customer if customer in CONTACTS and position % 3 == 1 else ""
        orders.append(_order(rng, customer, age, amount * scale, "sale")._replace(contact=contact))
    return orders


def _ages(rng, oldest, newest, step):
    """Days ago from the newest back, about a step apart; the newest is exact."""
    ages, age = {newest}, newest
    while age + step <= oldest:
        age += step
        ages.add(_off_border(age + round((rng.random() - 0.5) * 0.3 * step)))
    return ages


def _off_border(age):
    for low, high in WINDOW_BORDERS:
        if low <= age <= high:
            return low - 1 if age < (low + high) / 2 else high + 1
    return age


def _order(rng, customer, age, amount, state):
    """An order of up to three products that is worth about ``amount``."""
    affordable = [product for product in PRODUCTS if amount / 40 <= product.price <= amount * 0.8]
    products = _draw(rng, affordable, 1 + math.floor(3 * rng.random()))
    factor = next(factor for since, factor in PRICE_STEPS if age >= since)
    lines = []
    for product in products:
        price = max(1, round(product.price * factor))
        lines.append((product.key, max(1, round(amount / len(products) / price)), price))
    discount = LARGE_ORDER_DISCOUNT if amount >= LARGE_ORDER else 0
    return Order("", customer, "", age, state, lines, discount)


def _draw(rng, products, count):
    products = list(products)
    drawn = []
    while products and len(drawn) < count:
        drawn.append(products.pop(math.floor(rng.random() * len(products))))
    return sorted(drawn, key=PRODUCTS.index)


def _return(rng, orders, customer, age, amount):
    """Some goods of that worth; amount 0 = the customer's last order, all of it."""
    if amount:
        lines = _order(rng, customer, age, amount, "sale").lines
    else:
        lines = min((order for order in orders if order.customer == customer), key=lambda order: order.age).lines
    lines = [(product, -quantity, price) for product, quantity, price in lines]
    return Order("", customer, "", age, "sale", lines, 0, "Return of goods")


def _sample(customer, age):
    return Order("", customer, "", age, "sale", [("cable_set", 1, 0)], 0, "Free sample")


def amount(order):
    """Untaxed, to the cent."""
    gross = sum(quantity * price for _product, quantity, price in order.lines)
    return round(gross * (100 - order.discount)) / 100


# ---------------------------------------------------------------------------------------- XML


HEADER = '<?xml version="1.0" encoding="utf-8" ?>\n<!-- Written by dev/demo_data.py: change it there. -->\n'
QUIET = {
    # No mail, no chatter message, no follower for a document that is three years old.
    "demo_users.xml": {"no_reset_password": True, "tracking_disable": True},
    "demo_customers.xml": {"tracking_disable": True},
    "demo_orders.xml": {"sale_no_log_for_new_lines": True, "tracking_disable": True},
    "demo_leads.xml": {"tracking_disable": True},
    "demo_feedback.xml": {"tracking_disable": True, "mail_activity_quick_update": True},
}


def files(seed=SEED):
    """:return dict[str, str]: file name -> content, in the order of the manifest"""
    orders = build(seed)
    records = {
        "demo_users.xml": _user_records(),
        "demo_products.xml": map(_product_record, PRODUCTS),
        "demo_customers.xml": _customer_records(orders),
        "demo_orders.xml": map(_order_record, orders),
        "demo_leads.xml": map(_lead_record, LEADS),
        "demo_feedback.xml": _feedback_records(orders),
        "demo_overrides.xml": map(_override_record, OVERRIDES),
    }
    return {name: _document(name, lines) for name, lines in records.items()}


def _document(name, records):
    context = f" context={quoteattr(repr(QUIET[name]))}" if name in QUIET else ""
    return f'{HEADER}<odoo noupdate="1"{context}>\n{"".join(records)}</odoo>\n'


def _record(key, model, *fields):
    body = "".join(f"        {field}\n" for field in fields if field)
    return f'    <record id="{key}" model="{model}">\n{body}    </record>\n'


def _text(name, value):
    return f"<field name={quoteattr(name)}>{escape(str(value))}</field>" if value != "" else ""


def _ref(name, xmlid):
    return f'<field name="{name}" ref="{xmlid}" />' if xmlid else ""


def _eval(name, expression):
    return f"<field name={quoteattr(name)} eval={quoteattr(expression)} />"


def _moment(name, age, hour=10):
    """Around noon in Europe: the same day in nearly every time zone."""
    return _eval(name, f"(DateTime.today() - relativedelta(days={age})).strftime('%Y-%m-%d {hour:02}:00:00')")


def _user_records():
    users = [
        ("demo_user_sales", "Lin Yue", "sales", "sales_team.group_sale_salesman"),
        ("demo_user_manager", "Anna Berg", "manager", "sales_team.group_sale_manager"),
    ]
    for key, name, login, group in users:
        email = f"{login}@drives.example.com"
        yield _record(
            f"{key}_partner",
            "res.partner",
            _text("name", name),
            _ref("company_id", "base.main_company"),
            _text("email", email),
        )
        yield _record(
            key,
            "res.users",
            _ref("partner_id", f"{key}_partner"),
            _text("login", login),
            _text("password", login),
            _text("tz", "Europe/Brussels"),
            _ref("company_id", "base.main_company"),
            _eval("company_ids", "[Command.set([ref('base.main_company')])]"),
            _eval("groups_id", f"[Command.set([ref('base.group_user'), ref('{group}')])]"),
        )


def _product_record(product):
    return _record(
        f"demo_product_{product.key}",
        "product.product",
        _text("name", product.name),
        _text("default_code", product.code),
        _text("list_price", product.price),
    )


def _customer_records(orders):
    oldest = {order.customer: order.age for order in reversed(orders)}
    for number, customer in enumerate(CUSTOMERS):
        known_since = oldest.get(customer.key, 20 + number % 9 * 15) + 25
        yield _customer_record(customer, known_since)
    for key, (name, function) in CONTACTS.items():
        yield _contact_record(key, name, function)


def _customer_record(customer, known_since):
    place = PLACES[customer.place]
    person = customer.key in INDIVIDUALS
    domain = "example.com" if person else f"{customer.key.replace('_', '-')}.example.com"
    mailbox = customer.name.split()[0].lower() if person else "purchasing"
    number = [other.key for other in CUSTOMERS].index(customer.key)
    return _record(
        f"demo_partner_{customer.key}",
        "res.partner",
        _text("name", customer.name),
        _eval("is_company", "False" if person else "True"),
        _ref("parent_id", customer.key in PARENTS and f"demo_partner_{PARENTS[customer.key]}"),
        _eval("active", "False") if customer.key in ARCHIVED else "",
        _text("street", place.street),
        _text("zip", place.zip),
        _text("city", place.city),
        _ref("country_id", f"base.{place.country}"),
        _ref("state_id", place.state and f"base.state_{place.state}"),
        _text("phone", f"{place.phone}{number:02}"),
        _text("email", f"{mailbox}@{domain}"),
        _ref("industry_id", customer.industry and f"industry_{customer.industry}"),
        _ref("user_id", customer.salesperson),
        _moment("create_date", known_since),
    )


def _contact_record(key, name, function):
    return _record(
        f"demo_contact_{key}",
        "res.partner",
        _text("name", name),
        _ref("parent_id", f"demo_partner_{key}"),
        _text("function", function),
        _text("email", f"{_mailbox(name)}@{key.replace('_', '-')}.example.com"),
    )


def _mailbox(name):
    return ".".join(word for word in name.lower().split() if not word.endswith("."))


def _order_record(order):
    salesperson = next(customer.salesperson for customer in CUSTOMERS if customer.key == order.customer)
    return _record(
        order.key,
        "sale.order",
        _ref(
            "partner_id",
            f"demo_contact_{order.contact}" if order.contact else f"demo_partner_{order.customer}",
        ),
        _ref("user_id", salesperson) or _eval("user_id", "False"),
        _text("state", order.state),
        _moment("date_order", order.age),
        _moment("create_date", order.age, hour=9),
        _text("client_order_ref", order.note),
        _eval("order_line", f"[{', '.join(_line(order, *line) for line in order.lines)}]"),
    )


def _line(order, product, quantity, price):
    discount = f", 'discount': {order.discount}" if order.discount else ""
    return (
        f"Command.create({{'product_id': ref('demo_product_{product}'), "
        f"'product_uom_qty': {quantity}, 'price_unit': {price}{discount}}})"
    )


def _lead_record(lead):
    customer = next(customer for customer in CUSTOMERS if customer.key == lead.customer)
    return _record(
        f"demo_lead_{lead.customer}",
        "crm.lead",
        _text("type", "opportunity"),
        _text("name", lead.name),
        _ref("partner_id", f"demo_partner_{lead.customer}"),
        _ref("user_id", customer.salesperson) or _eval("user_id", "False"),
        _ref("stage_id", f"crm.stage_lead{lead.stage or 2}"),
        _text("probability", lead.probability),
        _text("expected_revenue", lead.revenue),
        _text("priority", 2 if lead.revenue >= 40000 else 1),
        _moment("create_date", lead.age),
        _closing(lead),
    )


def _closing(lead):
    if lead.stage == 0:
        return _eval("active", "False")
    if lead.stage == 4:
        return _moment("date_closed", lead.age // 2)
    return _eval(
        "date_deadline",
        f"(DateTime.today() + relativedelta(days={30 + lead.age})).strftime('%Y-%m-%d')",
    )


def _override_record(override):
    dimension = override.segment.split("_")[0]
    is_over = override.ended != ""
    return _record(
        f"demo_override_{override.customer}",
        "customer.segmentation.override",
        _ref("partner_id", f"demo_partner_{override.customer}"),
        _ref("company_id", "base.main_company"),
        _ref("dimension_id", f"dimension_{dimension}"),
        _ref("segment_id", f"segment_{override.segment}"),
        _ref("rule_segment_id", f"segment_{override.rule}"),
        _ref("overruled_segment_id", f"segment_{override.rule}"),
        _ref("reason_id", f"override_reason_{override.reason}"),
        _ref("user_id", override.user),
        _day("from_date", override.age),
        _day("until_date", -override.until if override.until != "" else ""),
        _eval("active", "False") if is_over else "",
        _day("ended_date", override.ended),
        _ref("ended_by_id", override.ended_by),
        _text("note", override.note),
    )


def _day(name, age):
    return _eval(name, f"(DateTime.today() - relativedelta(days={age})).date()") if age != "" else ""


def _feedback_records(orders):
    yield from _feedback_rule_records()
    for number, feedback in enumerate(FEEDBACK, 1):
        yield _feedback_record(number, feedback)
    for number, rating in enumerate(RATINGS, 1):
        yield _rating_record(number, rating, _order_before(orders, rating))
        question = (rating.customer, rating.age + 1, "answered", "", "")
        yield _question_record(number, question, _order_before(orders, rating), number)
    for number, question in enumerate(QUESTIONS, len(RATINGS) + 1):
        yield _question_record(number, question, _order_before(orders, question))
    for number, improvement in enumerate(IMPROVEMENTS, 1):
        yield _improvement_record(number, improvement)
    for key, name in CATEGORIES.items():
        yield _record(
            f"demo_category_{key}",
            "product.category",
            _text("name", name),
        )
    for number, need in enumerate(NEEDS, 1):
        yield _need_record(number, need)


def _order_before(orders, said):
    """The customer's last confirmed order when it said so."""
    return min(
        (
            order
            for order in orders
            if order.customer == said.customer and order.state == "sale" and order.age >= said.age
        ),
        key=lambda order: order.age,
    )


def _days_ago(name, age):
    return _eval(name, f"(DateTime.today() - relativedelta(days={age})).strftime('%Y-%m-%d')")


def _salesperson_of(key):
    """Who notes what a customer says; the manager for customers of nobody."""
    return next(customer.salesperson for customer in CUSTOMERS if customer.key == key) or M


def _feedback_rule_records():
    """Not in use, so that a demonstration sends no mail by itself."""
    for number, (segments, after, every) in enumerate(
        ((["value_a", "value_b"], 7, 90), (["lifecycle_new"], 14, 365)), 1
    ):
        ids = ", ".join(f"ref('customer_segmentation.segment_{name}')" for name in segments)
        yield _record(
            f"demo_feedback_rule_{number}",
            "customer.segmentation.feedback.rule",
            _ref("company_id", "base.main_company"),
            _eval("segment_ids", f"[Command.set([{ids}])]"),
            _text("after_days", after),
            _text("every_days", every),
            _eval("active", "False"),
        )


def _feedback_record(number, feedback):
    contact = f"demo_contact_{feedback.customer}" if feedback.customer in CONTACTS and number % 2 else ""
    return _record(
        f"demo_feedback_{number:02}",
        "customer.segmentation.feedback",
        _ref("partner_id", f"demo_partner_{feedback.customer}"),
        _ref("contact_id", contact),
        _ref("company_id", "base.main_company"),
        _days_ago("date", feedback.age),
        _text("channel", feedback.channel),
        _text("product_rating", feedback.product),
        _text("service_rating", feedback.service),
        _text("delivery_rating", feedback.delivery),
        _text("price_rating", feedback.price),
        _text("nps", feedback.nps),
        _text("csat", feedback.csat),
        _text("remark", feedback.remark),
        _ref("user_id", _salesperson_of(feedback.customer)),
        feedback.resolved and _days_ago("resolved_date", feedback.resolved),
    )


def _rating_record(number, rating, order):
    return _record(
        f"demo_rating_{number:02}",
        "rating.rating",
        _ref("res_model_id", "sale.model_sale_order"),
        _eval("res_id", f"ref('{order.key}')"),
        _ref("partner_id", f"demo_partner_{rating.customer}"),
        _text("rating", rating.rating),
        _text("feedback", rating.remark),
        _eval("consumed", "True"),
        _moment("segmentation_rated_on", rating.age),
    )


def _question_record(number, question, order, rating=None):
    customer, age, state, reason, error = question
    return _record(
        f"demo_feedback_request_{number:02}",
        "customer.segmentation.feedback.request",
        _ref("partner_id", f"demo_partner_{customer}"),
        _ref("contact_id", f"demo_partner_{customer}"),
        _ref("company_id", "base.main_company"),
        _ref("rule_id", "demo_feedback_rule_1"),
        _ref("order_id", order.key),
        _days_ago("date", age),
        _days_ago("expire_date", age - 60),
        _text("state", state),
        _text("reason", reason),
        _text("error", error),
        _ref("rating_id", rating and f"demo_rating_{rating:02}"),
    )


def _improvement_record(number, improvement):
    feedback = next(
        number for number, said in enumerate(FEEDBACK, 1) if said.customer == improvement.customer
    )
    return _record(
        f"demo_action_{number:02}",
        "customer.segmentation.action",
        _text("name", improvement.name),
        _ref("partner_id", f"demo_partner_{improvement.customer}"),
        _ref("company_id", "base.main_company"),
        _ref("feedback_id", f"demo_feedback_{feedback:02}"),
        _ref("user_id", improvement.owner),
        _days_ago("start_date", improvement.since),
        _days_ago("deadline", -improvement.deadline),
        _text("state", improvement.state),
        _text("result", improvement.result),
    )


def _need_record(number, need):
    return _record(
        f"demo_need_request_{number:02}",
        "customer.segmentation.need.request",
        _text("name", need.name),
        _text("description", need.description),
        _ref("partner_id", f"demo_partner_{need.customer}"),
        _ref("company_id", "base.main_company"),
        _ref("categ_id", f"demo_category_{need.category}"),
        _text("yearly_amount", need.amount),
        _days_ago("date", need.age),
        _text("state", need.state),
        _ref("user_id", _salesperson_of(need.customer)),
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args(arguments).check
    stale = []
    for name, content in files().items():
        path = FOLDER / name
        if check and (not path.exists() or path.read_text(encoding="utf-8") != content):
            stale.append(name)
        elif not check:
            path.write_text(content, encoding="utf-8")
    if stale:
        print(f"Not as dev/demo_data.py writes them: {', '.join(stale)}. Run it without --check.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
