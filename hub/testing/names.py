"""Invented people are made of these parts: common names, places and numbers that nobody can own.

Every phone range is reserved by its regulator for fiction (NANPA 555-01xx, Ofcom, BNetzA, ARCEP, ACMA), and
mail goes to the example domains of RFC 2606 only. Streets are invented; cities are where such streets could be.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Locale:
    """What people of one language in one country are called, and where they live."""

    language: str
    country: str
    timezone: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    #: (city, region, postal code pattern: each # becomes a digit)
    cities: tuple[tuple[str, str, str], ...]
    #: How many of a hundred people come from here.
    weight: int
    #: Whether the family name is written first.
    family_first: bool = False
    #: Whether the house number follows the street.
    number_last: bool = False


#: Reserved for fiction, by country: (E.164 prefix, digits that follow).
PHONE_RANGES: dict[str, tuple[tuple[str, int], ...]] = {
    "US": (("+120255501", 2),),
    "GB": (
        ("+442079460", 3),
        ("+441134960", 3),
        ("+441144960", 3),
        ("+441174960", 3),
        ("+441214960", 3),
        ("+441314960", 3),
        ("+441414960", 3),
        ("+441614960", 3),
    ),
    "DE": (("+493023125", 3), ("+496990009", 3), ("+494066969", 3), ("+498999998", 3)),
    "FR": (("+3319900", 4), ("+3326191", 4), ("+3335301", 4), ("+3346571", 4), ("+3353649", 4)),
    "AU": (("+6125550", 4), ("+6137010", 4)),
}

#: Short forms people sign with.
NICKNAMES: dict[str, str] = {
    "William": "Bill", "Robert": "Bob", "Elizabeth": "Liz", "Katherine": "Kate", "Michael": "Mike",
    "Jennifer": "Jen", "Christopher": "Chris", "Margaret": "Peggy", "Thomas": "Tom", "Susan": "Sue",
    "Aleksandra": "Ola", "Katarzyna": "Kasia", "Małgorzata": "Gosia", "Tomasz": "Tomek", "Jan": "Janek",
    "Johannes": "Hannes", "Katharina": "Kathi", "Sebastian": "Basti", "Francisco": "Paco", "José": "Pepe",
    "Dolores": "Lola", "Alexandre": "Alex", "Élisabeth": "Babeth", "Frédéric": "Fred",
}  # fmt: skip

LOCALES: tuple[Locale, ...] = (
    Locale(
        "en", "US", "America/New_York",
        ("William", "Robert", "Elizabeth", "Katherine", "Michael", "Jennifer", "Christopher", "Susan", "Grace"),
        ("Harper", "Whitfield", "Calloway", "Brennan", "Ashford", "Delaney", "Marsh", "O'Rourke", "Pruitt"),
        ("Juniper Row", "Old Mill Lane", "Cedar Hollow Road", "Lantern Street"),
        (("Albany", "NY", "1220#"), ("Portland", "ME", "0410#"), ("Dayton", "OH", "4540#")),
        20,
    ),
    Locale(
        "en", "GB", "Europe/London",
        ("Margaret", "Thomas", "Eleanor", "Alistair", "Imogen", "Rhys", "Siobhán", "Callum", "Beatrice"),
        ("Pemberton", "Ashworth", "Llewellyn", "MacAllister", "Thackeray", "Winslow", "Fairchild", "Okafor"),
        ("Tanner's Yard", "Beacon Hill", "Weir Street", "Copper Lane"),
        (("Leeds", "West Yorkshire", "LS# #AA"), ("Bristol", "", "BS# #AB"), ("Cardiff", "", "CF# #AD")),
        18,
    ),
    Locale(
        "pl", "PL", "Europe/Warsaw",
        ("Aleksandra", "Katarzyna", "Małgorzata", "Tomasz", "Łukasz", "Zofia", "Paweł", "Agnieszka", "Jan"),
        ("Wiśniewska", "Dąbrowski", "Lewandowska", "Kamiński", "Zieliński", "Szymańska", "Woźniak", "Jabłoński"),
        ("ul. Długa", "ul. Świętego Jana", "ul. Źródlana", "ul. Łąkowa"),
        (("Kraków", "", "30-0##"), ("Łódź", "", "90-0##"), ("Gdańsk", "", "80-8##")),
        14,
        number_last=True,
    ),
    Locale(
        "de", "DE", "Europe/Berlin",
        ("Johannes", "Katharina", "Sebastian", "Jürgen", "Anneliese", "Björn", "Ursula", "Käthe", "Matthias"),
        ("Grünewald", "Vogelsang", "Schröder", "Weißmann", "Obermeyer", "Kühn", "Steinbrück", "Löffler"),
        ("Lindenstraße", "Am Mühlbach", "Rosengasse", "Kirchweg"),
        (("Berlin", "", "101##"), ("Köln", "", "506##"), ("München", "", "803##")),
        14,
        number_last=True,
    ),
    Locale(
        "es", "ES", "Europe/Madrid",
        ("Francisco", "José", "Dolores", "Íñigo", "Begoña", "Ángela", "Joaquín", "Inés", "Rocío"),
        ("Núñez Prado", "Echevarría", "Ibáñez", "Valdés Soler", "Muñoz", "Carrión", "Peñalver", "Gálvez Ríos"),
        ("Calle del Olmo", "Paseo de la Noria", "Calle Peñón", "Avenida del Faro"),
        (("Málaga", "Málaga", "290##"), ("Cádiz", "Cádiz", "110##"), ("Logroño", "La Rioja", "260##")),
        10,
        number_last=True,
    ),
    Locale(
        "fr", "FR", "Europe/Paris",
        ("Alexandre", "Élisabeth", "Frédéric", "Anaïs", "Benoît", "Chloé", "Jérôme", "Maëlle", "Solène"),
        ("Lefèvre", "Beaumont", "Desrosiers", "Hébert", "Marchand", "Pruvôt", "Rousselle", "Châtelain"),
        ("rue des Tilleuls", "impasse du Lavoir", "quai de l'Écluse", "rue Haute"),
        (("Lyon", "", "6900#"), ("Besançon", "", "2500#"), ("Orléans", "", "4500#")),
        10,
    ),
    Locale(
        "zh", "CN", "Asia/Shanghai",
        ("伟", "秀英", "思远", "晓梅", "建国", "雨桐", "志强", "美玲", "子涵"),
        ("王", "李", "张", "欧阳", "陈", "赵", "司马", "周"),
        ("和平路", "中山路", "桂花巷", "长江街"),
        (("上海", "上海市", "2000##"), ("成都", "四川省", "6100##"), ("杭州", "浙江省", "3100##")),
        9,
        family_first=True,
        number_last=True,
    ),
    Locale(
        "vi", "VN", "Asia/Ho_Chi_Minh",
        ("Minh Anh", "Thị Hồng", "Quốc Bảo", "Ngọc Ánh", "Đức Huy", "Thùy Dương"),
        ("Nguyễn", "Trần", "Phạm", "Đặng", "Huỳnh", "Võ"),
        ("Đường Hoa Sữa", "Phố Cầu Gỗ", "Đường Bến Nghé"),
        (("Hà Nội", "", "1000##"), ("Đà Nẵng", "", "5500##")),
        5,
        family_first=True,
    ),
)  # fmt: skip

#: Invented companies: (name, mail domain).
COMPANIES: tuple[tuple[str, str], ...] = (
    ("Brasswork Instruments Ltd", "brasswork.example.com"),
    ("Orchid & Fern Catering", "orchidfern.example.org"),
    ("Kawiarnia Pod Lipą", "podlipa.example.net"),
    ("Mühlbach Logistik GmbH", "muehlbach.example.com"),
    ("Atelier des Tilleuls", "tilleuls.example.org"),
    ("桂花茶馆", "guihua.example.net"),
)

MAIL_DOMAINS = ("example.com", "example.org", "example.net")
