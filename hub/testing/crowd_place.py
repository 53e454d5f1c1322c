"""Where invented people live: cities by country, largest first, invented streets, and how telephone numbers look.

A city is `name|region|how its postal codes begin`; `#` in a country's postal pattern becomes a digit, `@` the
beginning of the city, `%` a letter.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Country:
    """One country's addresses and telephone numbers."""

    code: str
    language: str
    #: Separated by `;`.
    cities: str
    postal: str
    #: A stem and a kind; `{}` in the kind is where the stem goes.
    stems: str
    kinds: tuple[str, ...]
    #: Street and house number as one line: `{n}` and `{s}`.
    line: str
    #: The flat, put behind the line of one address in four; empty where nobody writes it.
    flat: str
    #: The calling code; the first digits of national numbers reserved for fiction, with how many follow; first
    #: digits (from, to) of numbers that no subscriber has; digits of a national number after those.
    calling: str
    reserved: tuple[tuple[str, int], ...]
    unassigned: tuple[tuple[int, int], ...]
    digits: int
    #: National notations: each # takes a digit.
    notations: tuple[str, ...]


_TREES_EN = (
    "Juniper Lantern Cedar Willow Maple Chestnut Hazel Beacon Copper Tanner Weir Mill Church Station Orchard Meadow Bridge"
    " Abbey Castle Chapel Clover Cobbler Cooper Dove Elm Falcon Fern Fern Forge Foxglove Garden Harbour Heather Heron Hill"
    " Holly Ivy Kiln Kingfisher Lark Laurel Linden Magpie Manor Market Mason Minster Moss Myrtle Nettle Oak Otter Paddock"
    " Park Pear Pine Plover Plum Poplar Primrose Priory Quarry Quay Raven Ridge River Robin Rowan Saddler Sorrel Spring"
    " Swallow Sycamore Thistle Thorn Valley Vine Violet Walnut Water Weaver Well Wheel Windmill Wren Yew"
)


def _fictional(areas: str) -> tuple[tuple[str, int], ...]:
    """The numbers 555-01xx of these area codes."""
    return tuple((f"{area}55501", 2) for area in areas.split())


COUNTRIES: tuple[Country, ...] = (
    Country(
        "US", "en",
        (
            "New York|NY|100;Los Angeles|CA|900;Chicago|IL|606;Houston|TX|770;Phoenix|AZ|850;Philadelphia|PA|191;San Antonio|TX|782"
            ";San Diego|CA|921;Dallas|TX|752;Austin|TX|787;Jacksonville|FL|322;Columbus|OH|432;Charlotte|NC|282;Indianapolis|IN|462"
            ";Seattle|WA|981;Denver|CO|802;Boston|MA|021;Nashville|TN|372;Detroit|MI|482;Portland|OR|972;Memphis|TN|381;Baltimore|MD|212"
            ";Milwaukee|WI|532;Albuquerque|NM|871;Tucson|AZ|857;Fresno|CA|937;Sacramento|CA|958;Atlanta|GA|303;Omaha|NE|681;Raleigh|NC|276"
            ";Miami|FL|331;Cleveland|OH|441;Tulsa|OK|741;Minneapolis|MN|554;Tampa|FL|336;Lincoln|NE|685;Dayton|OH|454;Albany|NY|122"
            ";Portland|ME|041;Boise|ID|837;Richmond|VA|232;Des Moines|IA|503;Springfield|IL|627;Springfield|MA|011;Burlington|VT|054"
            ";Eugene|OR|974;Fargo|ND|581;Salem|OR|973"
        ),
        "@##", _TREES_EN,
        ("{} Street", "{} Avenue", "{} Road", "{} Lane", "{} Drive", "{} Court", "{} Hollow Road", "North {} Street", "{} Boulevard", "{} Circle"),
        "{n} {s}", " Apt {f}", "1",
        _fictional(
            "201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253"
            " 254 256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323"
            " 325 330 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 423 425"
            " 430 432 434 435 440 443 469 478 479 480 484 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 540"
            " 541 551 559 561 562 563 567 570 571 573 574 580 585 586 601 602 603 605 606 607 608 609 610 612 614 615 616 617 618"
        ),
        ((290, 299), (390, 399), (490, 499), (590, 599)), 7,
        ("(###) ###-####", "###-###-####", "###.###.####", "### ### ####", "1-###-###-####"),
    ),
    Country(
        "GB", "en",
        (
            "London||SE;Birmingham|West Midlands|B;Leeds|West Yorkshire|LS;Glasgow||G;Sheffield|South Yorkshire|S;Manchester||M"
            ";Edinburgh||EH;Liverpool|Merseyside|L;Bristol||BS;Cardiff||CF;Leicester||LE;Coventry||CV;Bradford|West Yorkshire|BD"
            ";Nottingham||NG;Hull||HU;Newcastle|Tyne and Wear|NE;Stoke-on-Trent||ST;Southampton|Hampshire|SO;Derby||DE;Portsmouth||PO"
            ";Plymouth|Devon|PL;Wolverhampton||WV;Norwich|Norfolk|NR;Swansea||SA;Aberdeen||AB;Oxford||OX;York||YO;Dundee||DD;Exeter||EX"
            ";Gloucester||GL;Cambridge||CB;Lincoln||LN;Bath||BA;Durham||DH;Carlisle||CA;Truro|Cornwall|TR;Chester||CH"
        ),
        "@# #%%", _TREES_EN,
        ("{} Street", "{} Road", "{} Lane", "{} Close", "{} Way", "{} Terrace", "{} Gardens", "{} Crescent", "The {}", "{} Yard"),
        "{n} {s}", ", Flat {f}", "44",
        (("7700900", 3), ("2079460", 3), ("1134960", 3), ("1144960", 3), ("1174960", 3), ("1214960", 3), ("1314960", 3), ("1414960", 3), ("1614960", 3)),
        ((350, 369), (380, 399), (500, 548)), 7,
        ("0#### ######", "0### ### ####", "0##########", "0### #### ###"),
    ),
    Country(
        "DE", "de",
        (
            "Berlin|Berlin|10;Hamburg|Hamburg|22;München|Bayern|80;Köln|Nordrhein-Westfalen|50;Frankfurt am Main|Hessen|60"
            ";Stuttgart|Baden-Württemberg|70;Düsseldorf|Nordrhein-Westfalen|40;Leipzig|Sachsen|04;Dortmund|Nordrhein-Westfalen|44"
            ";Essen|Nordrhein-Westfalen|45;Bremen|Bremen|28;Dresden|Sachsen|01;Hannover|Niedersachsen|30;Nürnberg|Bayern|90"
            ";Duisburg|Nordrhein-Westfalen|47;Bochum|Nordrhein-Westfalen|44;Wuppertal|Nordrhein-Westfalen|42;Bielefeld|Nordrhein-Westfalen|33"
            ";Bonn|Nordrhein-Westfalen|53;Münster|Nordrhein-Westfalen|48;Mannheim|Baden-Württemberg|68;Karlsruhe|Baden-Württemberg|76"
            ";Augsburg|Bayern|86;Wiesbaden|Hessen|65;Braunschweig|Niedersachsen|38;Kiel|Schleswig-Holstein|24;Aachen|Nordrhein-Westfalen|52"
            ";Halle|Sachsen-Anhalt|06;Magdeburg|Sachsen-Anhalt|39;Freiburg im Breisgau|Baden-Württemberg|79;Lübeck|Schleswig-Holstein|23"
            ";Erfurt|Thüringen|99;Rostock|Mecklenburg-Vorpommern|18;Kassel|Hessen|34;Mainz|Rheinland-Pfalz|55;Würzburg|Bayern|97"
        ),
        "@###",
        "Linden Rosen Mühl Kirch Bahnhof Schul Garten Birken Eichen Buchen Ahorn Tannen Ulmen Kastanien Wiesen Feld Wald Berg"
        " Tal Bach Brunnen Schloss Burg Markt Post Ring Dorf Hafen Fischer Müller Schmiede Töpfer Gerber Weber Bäcker Glocken"
        " Sonnen Mond Stern Amsel Drossel Finken Lerchen Falken Storchen Adler Hirsch Fuchs Hasen Igel Kranich Möwen Nelken"
        " Tulpen Veilchen Flieder Holunder Hasel Erlen Weiden Pappel Quellen Stein Sand Ziegel Kupfer Silber Gold",
        ("{}straße", "{}weg", "{}gasse", "{}allee", "{}platz", "Am {}hof", "An der {}mauer", "{}ring", "Alte {}straße", "{}steig"),
        "{s} {n}", "", "49",
        (("3023125", 3), ("6990009", 3), ("4066969", 3), ("8999998", 3)),
        ((140, 149),), 8,
        ("0### ########", "0###/########", "0###########", "0### ### ## ###", "(0###) ########"),
    ),
    Country(
        "FR", "fr",
        (
            "Paris|Île-de-France|750;Marseille|Provence-Alpes-Côte d'Azur|130;Lyon|Auvergne-Rhône-Alpes|690;Toulouse|Occitanie|310"
            ";Nice|Provence-Alpes-Côte d'Azur|060;Nantes|Pays de la Loire|440;Montpellier|Occitanie|340;Strasbourg|Grand Est|670"
            ";Bordeaux|Nouvelle-Aquitaine|330;Lille|Hauts-de-France|590;Rennes|Bretagne|350;Reims|Grand Est|510;Toulon|Provence-Alpes-Côte d'Azur|830"
            ";Saint-Étienne|Auvergne-Rhône-Alpes|420;Le Havre|Normandie|760;Grenoble|Auvergne-Rhône-Alpes|380;Dijon|Bourgogne-Franche-Comté|210"
            ";Angers|Pays de la Loire|490;Nîmes|Occitanie|300;Clermont-Ferrand|Auvergne-Rhône-Alpes|630;Le Mans|Pays de la Loire|720"
            ";Brest|Bretagne|292;Tours|Centre-Val de Loire|370;Amiens|Hauts-de-France|800;Limoges|Nouvelle-Aquitaine|870;Metz|Grand Est|570"
            ";Besançon|Bourgogne-Franche-Comté|250;Orléans|Centre-Val de Loire|450;Rouen|Normandie|760;Mulhouse|Grand Est|682;Caen|Normandie|140"
            ";Nancy|Grand Est|540;Avignon|Provence-Alpes-Côte d'Azur|840;Poitiers|Nouvelle-Aquitaine|860;Pau|Nouvelle-Aquitaine|640"
        ),
        "@##",
        "Tilleuls Lavoir Écluse Acacias Platanes Peupliers Marronniers Cerisiers Pommiers Rosiers Lilas Violettes Glycines Mimosas"
        " Oliviers Vignes Moulins Fontaines Jardins Prés Champs Bois Forges Tanneurs Tisserands Potiers Meuniers Pêcheurs Remparts"
        " Carmes Augustins Cordeliers Halles Écoles Alouettes Hirondelles Mésanges Rossignols Cigognes Hérons Cigales Abeilles Dunes"
        " Falaises Roches Sources Ruisseaux Étangs Saules Chênes Hêtres Bouleaux Sapins Genêts Bruyères Fougères Coteaux",
        ("rue des {}", "avenue des {}", "impasse des {}", "allée des {}", "chemin des {}", "place des {}", "boulevard des {}", "quai des {}"),
        "{n} {s}", ", appt {f}", "33",
        (("19900", 4), ("26191", 4), ("35301", 4), ("46571", 4), ("53649", 4), ("63998", 4)),
        ((400, 409), (710, 729)), 6,
        ("0# ## ## ## ##", "0#.##.##.##.##", "0#########", "0# ### ## ###"),
    ),
    Country(
        "ES", "es",
        (
            "Madrid|Madrid|280;Barcelona|Barcelona|080;Valencia|Valencia|460;Sevilla|Sevilla|410;Zaragoza|Zaragoza|500;Málaga|Málaga|290"
            ";Murcia|Murcia|300;Palma|Illes Balears|070;Las Palmas|Las Palmas|350;Bilbao|Bizkaia|480;Alicante|Alicante|030;Córdoba|Córdoba|140"
            ";Valladolid|Valladolid|470;Vigo|Pontevedra|362;Gijón|Asturias|332;Vitoria|Álava|010;A Coruña|A Coruña|150;Elche|Alicante|032"
            ";Granada|Granada|180;Oviedo|Asturias|330;Cartagena|Murcia|302;Jerez|Cádiz|114;Pamplona|Navarra|310;Almería|Almería|040"
            ";San Sebastián|Gipuzkoa|200;Burgos|Burgos|090;Albacete|Albacete|020;Santander|Cantabria|390;Logroño|La Rioja|260"
            ";Badajoz|Badajoz|060;Salamanca|Salamanca|370;Huelva|Huelva|210;Lleida|Lleida|250;Tarragona|Tarragona|430;León|León|240;Cádiz|Cádiz|110"
        ),
        "@##",
        "Olmo Noria Peñón Faro Naranjo Limonero Olivo Almendro Granado Ciprés Álamo Roble Encina Castaño Nogal Laurel Romero Tomillo"
        " Jazmín Clavel Rosal Río Molino Puente Horno Pozo Arco Castillo Convento Mercado Alcázar Huerto Prado Monte Valle Collado"
        " Barranco Arroyo Manantial Lago Mirador Cerro Campo Camino Carmen Herrero Alfarero Tejedor Pescador Labrador Gallo Halcón",
        ("Calle del {}", "Avenida del {}", "Plaza del {}", "Paseo del {}", "Camino del {}", "Travesía del {}", "Ronda del {}", "Calle Nueva del {}"),
        "{s}, {n}", ", {f}º", "34",
        (),
        ((750, 779), (790, 799)), 6,
        ("### ## ## ##", "### ### ###", "#########", "###-######"),
    ),
    Country(
        "PL", "pl",
        (
            "Warszawa|mazowieckie|00;Kraków|małopolskie|30;Łódź|łódzkie|90;Wrocław|dolnośląskie|50;Poznań|wielkopolskie|60;Gdańsk|pomorskie|80"
            ";Szczecin|zachodniopomorskie|70;Bydgoszcz|kujawsko-pomorskie|85;Lublin|lubelskie|20;Białystok|podlaskie|15;Katowice|śląskie|40"
            ";Gdynia|pomorskie|81;Częstochowa|śląskie|42;Radom|mazowieckie|26;Toruń|kujawsko-pomorskie|87;Sosnowiec|śląskie|41;Rzeszów|podkarpackie|35"
            ";Kielce|świętokrzyskie|25;Gliwice|śląskie|44;Olsztyn|warmińsko-mazurskie|10;Zabrze|śląskie|41;Bielsko-Biała|śląskie|43;Bytom|śląskie|41"
            ";Zielona Góra|lubuskie|65;Rybnik|śląskie|44;Opole|opolskie|45;Tychy|śląskie|43;Gorzów Wielkopolski|lubuskie|66;Elbląg|warmińsko-mazurskie|82"
            ";Płock|mazowieckie|09;Tarnów|małopolskie|33;Koszalin|zachodniopomorskie|75;Kalisz|wielkopolskie|62;Legnica|dolnośląskie|59"
        ),
        "@-###",
        "Długa Łąkowa Źródlana Polna Leśna Słoneczna Krótka Szkolna Ogrodowa Lipowa Brzozowa Kwiatowa Kościelna Sosnowa Zielona Parkowa"
        " Akacjowa Kolejowa Dębowa Jesionowa Klonowa Kasztanowa Wierzbowa Topolowa Modrzewiowa Świerkowa Jodłowa Bukowa Różana Wiśniowa"
        " Jabłoniowa Malinowa Morelowa Rzeczna Górna Dolna Boczna Wiejska Młyńska Garncarska Kowalska Tkacka Rybacka Piekarska Mostowa"
        " Zamkowa Rynkowa Portowa Morska Spokojna Cicha Wesoła Miła Jasna Tęczowa Gwiezdna Księżycowa Wiosenna Letnia Jesienna Zimowa",
        ("ul. {}", "ul. Nowa {}", "ul. Stara {}", "al. {}", "ul. Mała {}", "ul. {} Boczna"),
        "{s} {n}", "/{f}", "48",
        (),
        ((100, 119), (190, 199), (300, 319), (380, 389)), 6,
        ("### ### ###", "#########", "###-###-###", "## ### ## ##"),
    ),
    Country(
        "NL", "nl",
        (
            "Amsterdam|Noord-Holland|10;Rotterdam|Zuid-Holland|30;Den Haag|Zuid-Holland|25;Utrecht|Utrecht|35;Eindhoven|Noord-Brabant|56"
            ";Groningen|Groningen|97;Tilburg|Noord-Brabant|50;Almere|Flevoland|13;Breda|Noord-Brabant|48;Nijmegen|Gelderland|65;Apeldoorn|Gelderland|73"
            ";Haarlem|Noord-Holland|20;Arnhem|Gelderland|68;Enschede|Overijssel|75;Amersfoort|Utrecht|38;Zaandam|Noord-Holland|15;Den Bosch|Noord-Brabant|52"
            ";Zwolle|Overijssel|80;Leiden|Zuid-Holland|23;Maastricht|Limburg|62;Dordrecht|Zuid-Holland|33;Ede|Gelderland|67;Leeuwarden|Friesland|89"
            ";Alkmaar|Noord-Holland|18;Delft|Zuid-Holland|26;Venlo|Limburg|59;Deventer|Overijssel|74;Hilversum|Noord-Holland|12;Assen|Drenthe|94"
        ),
        "@## %%",
        "Molen Kerk School Dorp Linden Eiken Beuken Kastanje Wilgen Berken Populieren Iepen Rozen Tulpen Haven Markt Brug Dijk Sluis Water"
        " Vaart Gracht Veld Weide Bos Duin Strand Zee Schelpen Meeuwen Reiger Ooievaar Zwaluw Merel Leeuwerik Vink Spreeuw Uilen Haas Vos"
        " Egel Bakker Smids Wevers Vissers Kuiper Pannen Zon Maan Ster Noorder Zuider Ooster Wester Hoog Laag Nieuw Oud",
        ("{}straat", "{}weg", "{}laan", "{}plein", "{}pad", "{}hof", "{}kade", "{}singel", "Oude {}weg"),
        "{s} {n}", "-{f}", "31",
        (),
        ((270, 289), (370, 379), (390, 399)), 6,
        ("0## ### ####", "0##-#######", "0#########", "0### ### ###"),
    ),
    Country(
        "CN", "zh",
        (
            "上海|上海市|200;北京|北京市|100;广州|广东省|510;深圳|广东省|518;成都|四川省|610;重庆|重庆市|400;天津|天津市|300;武汉|湖北省|430"
            ";西安|陕西省|710;杭州|浙江省|310;南京|江苏省|210;沈阳|辽宁省|110;青岛|山东省|266;济南|山东省|250;哈尔滨|黑龙江省|150;长沙|湖南省|410"
            ";大连|辽宁省|116;郑州|河南省|450;昆明|云南省|650;苏州|江苏省|215;厦门|福建省|361;福州|福建省|350;合肥|安徽省|230;南昌|江西省|330"
            ";南宁|广西|530;贵阳|贵州省|550;太原|山西省|030;长春|吉林省|130;石家庄|河北省|050;无锡|江苏省|214;宁波|浙江省|315;兰州|甘肃省|730"
        ),
        "@###",
        "和平 中山 桂花 长江 人民 解放 建设 新华 文化 光明 友谊 团结 胜利 幸福 东风 青年 学院 花园 公园 湖滨 江南 江北 河东 河西 梅花 荷花 兰花"
        " 菊花 松林 竹林 柳林 银杏 梧桐 杨柳 石桥 古塔 钟楼 鼓楼 书院 茶园 果园 稻香 春晓 秋月 朝阳 夕照 白云 青山 绿水 金沙 玉泉 龙井 凤凰",
        ("{}路", "{}街", "{}大道", "{}巷", "{}东路", "{}西路", "{}南街", "{}北街"),
        "{s}{n}号", "{f}室", "86",
        (),
        ((120, 123), (125, 129)), 8,
        ("### #### ####", "###########", "###-####-####"),
    ),
    Country(
        "VN", "vi",
        (
            "Hồ Chí Minh||70;Hà Nội||10;Đà Nẵng||55;Hải Phòng||18;Cần Thơ||94;Biên Hòa|Đồng Nai|76;Huế|Thừa Thiên Huế|49;Nha Trang|Khánh Hòa|57"
            ";Buôn Ma Thuột|Đắk Lắk|63;Vinh|Nghệ An|43;Quy Nhơn|Bình Định|59;Thái Nguyên|Thái Nguyên|25;Vũng Tàu|Bà Rịa|78;Nam Định|Nam Định|42"
            ";Long Xuyên|An Giang|90;Đà Lạt|Lâm Đồng|66;Phan Thiết|Bình Thuận|77;Mỹ Tho|Tiền Giang|84;Thanh Hóa|Thanh Hóa|40;Hạ Long|Quảng Ninh|01"
        ),
        "@####",
        "Hoa+Sữa Cầu+Gỗ Bến+Nghé Hoa+Mai Hoa+Đào Hoa+Lan Hoa+Cúc Cây+Đa Bờ+Hồ Sông+Xanh Núi+Đỏ Suối+Mơ Đồng+Cỏ Chợ+Cũ Chợ+Mới Bến+Xuân"
        " Vườn+Dừa Vườn+Cau Lá+Xanh Nắng+Mai Gió+Biển Trăng+Non Sao+Mai Thanh+Bình An+Lạc Hòa+Bình Tân+Lập Phú+Quý Cầu+Vồng Đèn+Lồng",
        ("Đường {}", "Phố {}", "Ngõ {}", "Đường {} Đông", "Đường {} Tây", "Đại lộ {}", "Hẻm {}", "Đường Mới {}"),
        "{n} {s}", "", "84",
        (),
        ((100, 119), (141, 149), (600, 619)), 6,
        ("0### ### ###", "0#########", "0##.###.####"),
    ),
    Country(
        "MA", "ar",
        (
            "Casablanca|Casablanca-Settat|20;Rabat|Rabat-Salé|10;Fès|Fès-Meknès|30;Marrakech|Marrakech-Safi|40;Tanger|Tanger-Tétouan|90"
            ";Salé|Rabat-Salé|11;Meknès|Fès-Meknès|50;Oujda|Oriental|60;Kénitra|Rabat-Salé|14;Agadir|Souss-Massa|80;Tétouan|Tanger-Tétouan|93"
            ";Safi|Marrakech-Safi|46;El Jadida|Casablanca-Settat|24;Nador|Oriental|62;Béni Mellal|Béni Mellal|23;Taza|Fès-Meknès|35"
        ),
        "@###",
        "Oliviers Palmiers Orangers Amandiers Jasmins Grenadiers Figuiers Dattiers Roses Lauriers Sources Jardins Remparts Potiers"
        " Tisserands Tanneurs Cigognes Hirondelles Dunes Oasis Oueds Collines Cèdres Argans Safran Menthe Minarets Fontaines",
        ("rue des {}", "avenue des {}", "derb des {}", "lotissement des {}", "boulevard des {}", "impasse des {}", "quartier des {}", "place des {}"),
        "{n} {s}", ", appt {f}", "212",
        (),
        ((500, 517), (560, 580), (860, 889)), 6,
        ("0### ######", "0#########", "0# ## ## ## ##"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Culture:
    """People who are named in one way: which names, and in which countries they live."""

    code: str
    given: str
    family: str
    #: How many of a hundred people.
    weight: float
    #: (country, share) where they live.
    homes: tuple[tuple[str, float], ...]
    #: How common the commonest family names are: weight 1 / (rank + flat) ** steep.
    flat: float
    steep: float
    family_first: bool = False


CULTURES: tuple[Culture, ...] = (
    Culture("en-US", "en", "en", 23, (("US", 0.96), ("GB", 0.02), ("DE", 0.01), ("FR", 0.01)), 9, 0.85),
    Culture("en-GB", "en", "gb", 14, (("GB", 0.95), ("US", 0.03), ("ES", 0.02)), 8, 0.85),
    Culture("de", "de", "de", 14, (("DE", 0.97), ("US", 0.01), ("ES", 0.01), ("NL", 0.01)), 9, 0.85),
    Culture("fr", "fr", "fr", 10, (("FR", 0.97), ("GB", 0.02), ("US", 0.01)), 15, 0.8),
    Culture("es", "es", "es", 9, (("ES", 0.8), ("US", 0.18), ("FR", 0.02)), 3, 1.0),
    Culture("pl", "pl", "pl", 8, (("PL", 0.9), ("GB", 0.06), ("DE", 0.04)), 15, 0.8),
    Culture("nl", "nl", "nl", 6, (("NL", 0.97), ("DE", 0.03)), 8, 0.85),
    Culture("zh", "zh", "zh", 7, (("CN", 0.8), ("US", 0.15), ("GB", 0.05)), 2.5, 1.1, True),
    Culture("vi", "vi", "vi", 4, (("VN", 0.75), ("US", 0.18), ("FR", 0.07)), 0.3, 1.2, True),
    Culture("ar", "ar", "ar", 5, (("MA", 0.4), ("FR", 0.3), ("NL", 0.12), ("DE", 0.1), ("GB", 0.08)), 8, 0.8),
)
