"""Family names, by language: the common ones first, and the parts that the many rare ones are made of."""

from __future__ import annotations

#: The common ones, as a list with blanks between; `+` becomes a blank inside a name.
FAMILIES: dict[str, str] = {
    "en": (
        "Smith Johnson Williams Brown Jones Miller Davis Wilson Taylor Anderson Thomas Moore Martin Jackson Thompson White"
        " Lee Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson Carter Mitchell"
        " Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Morgan Cooper"
        " Peterson Bailey Reed Kelly Howard Cox Ward Richardson Watson Brooks Wood James Bennett Gray Hughes Price Myers"
        " Long Foster Sanders Ross Powell Sullivan Russell Jenkins Perry Butler Barnes Fisher Henderson Coleman Simmons"
        " Patterson Jordan Reynolds Hamilton Graham Kim Wallace West Cole Hayes Gibson Bryant Ellis Stevens Murray Ford"
        " Marshall Owens McDonald Harrison Kennedy Wells Woods Washington Simpson Hunter Mason Dixon Hunt Palmer Robertson"
        " Black Stone Knight Lane Shaw Holmes Rice Hart Spencer Payne Pierce Berry Matthews Arnold Wagner Willis Watkins"
        " Olson Carroll Duncan Snyder Hudson Cunningham Bradley Lawrence Andrews Elliott Armstrong Carpenter O'Brien O'Connor"
    ),
    "gb": (
        "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green"
        " Hall Wood Jackson Clarke Patel Khan Lewis James Phillips Mason Mitchell Rose Davis Rodgers Cox Alexander Harris"
        " Cooper Hughes Edwards Harrison Ward Turner Hill Baker Morris Martin Moore Clark Lee King Begum Ali Shaw Singh"
        " Bailey Bennett Carter Collins Cook Ellis Fox Foster Gibson Graham Gray Griffiths Hunt Hussain Kaur Kelly Knight"
        " Lloyd Marshall Matthews Miller Morgan Murphy Murray O'Connor Owen Palmer Parker Powell Price Reid Reynolds"
        " Richards Richardson Rogers Russell Ryan Scott Simpson Stevens Stewart Thomas Walsh Watson Webb Wells West Young"
    ),
    "de": (
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf"
        " Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann"
        " Schmid Schulze Maier Köhler Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn"
        " Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann Franke Albrecht Schuster Simon"
        " Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich Brandt Haas"
        " Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff"
    ),
    "fr": (
        "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux David"
        " Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André Mercier"
        " Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry"
        " Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard"
        " Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux Colin"
        " Vidal Caron Picard Roger Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier Philippe Bourgeois Pierre Benoît Rey"
    ),
    "es": (
        "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Martín Jiménez Hernández Ruiz Díaz Moreno"
        " Muñoz Álvarez Romero Gutiérrez Alonso Navarro Torres Domínguez Ramos Vázquez Ramírez Gil Serrano Morales Molina"
        " Blanco Suárez Castro Ortega Delgado Ortiz Marín Rubio Núñez Medina Sanz Castillo Iglesias Cortés Garrido Santos"
        " Guerrero Lozano Cano Cruz Méndez Flores Prieto Herrera Peña León Márquez Cabrera Gallego Calvo Vidal Campos Reyes"
        " Vega Fuentes Carrasco Díez Aguilar Caballero Nieto Santana Vargas Pascual Giménez Herrero Hidalgo Montero Lorenzo"
        " Santiago Benítez Durán Ibáñez Arias Mora Ferrer Carmona Vicente Rojas Soto Crespo Román Pastor Velasco Parra Sáez"
    ),
    "pl": (
        "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański Woźniak Dąbrowski Kozłowski"
        " Jankowski Mazur Wojciechowski Kwiatkowski Krawczyk Kaczmarek Piotrowski Grabowski Zając Pawłowski Michalski Król"
        " Wieczorek Jabłoński Wróbel Nowakowski Majewski Olszewski Stępień Malinowski Jaworski Adamczyk Dudek Nowicki Pawlak"
        " Górski Witkowski Walczak Sikora Baran Rutkowski Michalak Szewczyk Ostrowski Tomaszewski Pietrzak Zalewski Wróblewski"
        " Marciniak Jasiński Zawadzki Bąk Jakubowski Sadowski Duda Włodarczyk Wilk Chmielewski Borkowski Sokołowski Szczepański"
        " Sawicki Kucharski Lis Maciejewski Kubiak Kalinowski Mazurek Wysocki Kołodziej Kaźmierczak Czarnecki Sobczak Konieczny"
    ),
    "nl": (
        "de+Jong Jansen de+Vries van+den+Berg van+Dijk Bakker Janssen Visser Smit Meijer de+Boer Mulder de+Groot Bos Vos"
        " Peters Hendriks van+Leeuwen Dekker Brouwer de+Wit Dijkstra Smits de+Graaf van+der+Meer van+der+Linden Kok Jacobs"
        " de+Haan Vermeulen van+den+Heuvel van+der+Veen van+den+Broek de+Bruijn de+Bruin van+der+Heijden Schouten van+Beek"
        " Willems van+Vliet van+de+Ven Hoekstra Maas Verhoeven Koster van+Dam van+der+Wal Prins Blom Huisman Peeters de+Jonge"
        " Kuipers van+Veen Postma Kuiper Veenstra Kramer van+den+Brink Scholten van+Wijk Postma Martens Vink de+Ruiter Timmermans"
        " Groen Gerritsen Jonker van+Loon Boer van+der+Velde Willemsen de+Lange de+Vos van+Schaik Verbeek Bosman van+Dongen"
    ),
    "vi": "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh Mai Tô Hà Cao Tạ Châu Lương Đoàn Trương Thái Quách La Lâm Vương Phùng Kiều Tăng",
    "ar": (
        "al-Masri el+Amrani Benali el+Idrissi Haddad al-Hassan Bennani Alaoui Mansour Khalil Saleh al-Ahmad Berrada Chraibi"
        " Tazi Fassi Nasser Hamdan Darwish Khoury al-Sayed Mahmoud Ibrahim Said Hassan Ali Bouazza Ouazzani Belkacem Cherif"
        " Rahmani Mebarki Boudiaf Zerouali Lahlou Filali Sabri Jabri Najjar Sabbagh Qasim Othman Younes Bakri Hijazi Shami"
        " al-Baghdadi al-Tikriti al-Hariri el+Fassi el+Khattabi Ait+Ali Ben+Youssef Ben+Salah Bin+Rashid Bou+Said Toumi"
    ),
}  # fmt: skip

#: Chinese family names, common first; then those of two signs.
HANZI = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦"
    "邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
HANZI_DOUBLE = "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 令狐"

#: Rare names are a beginning and an ending, by language.
PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        (
            "Ash Birch Black Blake Brad Brook Buck Burn Cald Carl Chat Clay Clif Col Copp Cran Crow Cul Dal Den Dray Dun East El"
            " Fair Far Fen Field Fleet Gar Gilling Gold Green Hal Ham Har Hart Haw Heath Hol Hun Ingle Kel Ken Kirk Lam Lang Led"
            " Lin Long Lyn Mar Mel Mid Mill Nor Oak Old Pem Pen Pres Quar Rad Raven Red Rock Rush Sand Shel Sher Stan Stock Strat"
            " Sut Swin Thorn Til Tun Wake Wal War Wel West Whit Win Wood Wych Yard",
            "ford ton well ham field wood ley worth brook bury by combe croft dale den don hurst land ley ling man mere more"
            " ridge shaw stead stone thorpe wick ward water way gate house bank cliffe burn bourne castle grave holm"
        ),
        (
            "Adam Ander Bar Ben Carl Christ Dick Ed Erik Fergu Gib Gil Gustaf Hal Hender Jam John Lar Matthew Nichol Olaf Peter"
            " Richard Robert Simp Steven Swan Thom Wil",
            "son sen kins kinson ett s"
        ),
        (
            "Mac Mc O' Fitz",
            "Allister Arthur Bain Brien Carthy Clellan Connor Cormack Cullough Daniel Dermott Donnell Dowell Ewan Gee Gerald Gill"
            " Gowan Grath Gregor Guire Hara Hugh Intyre Kay Kenna Kenzie Kinnon Lean Leod Mahon Malley Neill Pherson Queen Reilly"
            " Rourke Shane Sullivan Toole William"
        ),
    ),
    "de": (
        (
            "Acker Alt Bach Baum Berg Birken Blumen Brand Breiten Brunnen Buch Burg Dorn Eber Eichen Eisen Erlen Esch Falken"
            " Feld Fels Finken Freuden Fried Garten Gold Grün Habers Hage Hecken Heide Hellm Herz Hirsch Hohen Holz Hopfen Kalten"
            " Kirch Klee Korn Kranz Lachen Landes Leiten Lichten Linden Loch Mai Mühl Neu Nieder Nuss Ober Osten Pfeffer Rauschen"
            " Reb Regen Rosen Rotten Sand Schatten Schell Schilling Schlegel Schön Schwarzen Seiden Silber Sonnen Speck Stadt Stein"
            " Stern Tannen Thal Trauten Unter Vogel Wald Wasser Weide Weiden Wester Wiesen Winkel Zeller Zink",
            "auer bach bacher bauer baum beck berg berger bichler brand brecht burger dorf eder egger feld felder fels haus häuser"
            " hauser hofer hoff huber kamp lein ler mann maier meier meyer müller nagel ried rieder schmidt stein steiner tal thaler"
            " wald walder weber"
        ),
    ),
    "fr": (
        (
            "Al Bar Bel Ber Bil Bon Bor Bou Bour Bri Car Chab Cham Char Chau Cor Cou Cour Dau Del Des Dor Du Fav Fer Fon For Fou"
            " Gal Gar Gau Gil Gir God Gui Hé Jac Jau Jol Lam Lan Lav Mac Mal Mar Mau Mon Mor Pas Pel Per Pin Poi Pou Rab Rav Ren"
            " Riv Rob Rou Sal Sau Ser Sim Tar Tes Thé Tho Tou Val Ver Vi Vil",
            "ard aud ault baud beau bert bier deau din donnier douin eau ellec elle erand erat eret ier igny illard illon in ineau"
            " lain lard let lier lot main marche mond net nier on ot ouin ouard rand raud reau ret ric ron roux rier teau tier tin ton"
            " val vier ville"
        ),
        (
            "Le La De Du Des",
            "Gall Goff Bihan Bris Corre Gouic Guen Roux Tellier Vasseur Maître Grand Borgne Clerc Fort Franc Jeune Breton Normand"
            " Porte Tour Roche Rue Forge Fontaine Haye Salle Motte Vigne Croix Bois Pré Val Moulin Chemin Champs Jardins Marais"
        ),
    ),
    "es": (
        (
            "Al Alc Ar Az Bal Bar Bel Ber Cab Cal Cam Can Car Cas Cer Cor Cos Del El Es Fon Gal Gar Gor Gran Her Hin Jim Lab Lar"
            " Lan Mal Man Mar Mel Men Mer Mon Mor Nav Och Ol Or Pal Par Pas Pen Per Pin Por Quin Rob Sal San Seg Ser Sol Tej Tor Val"
            " Var Vel Ven Ver Vil Zam Zar",
            "ado agua aldo ales alla anza ar arez asco ate bano bena cedo deda dero doya duero edo ego eiro ejo ena era ero"
            " esta eza iano ido illa illo ina inos ira isco ito izo lejo lena lero moral muela nosa ola ón oso osta quera quez rano rasco"
            " rero rillo riz rubia sada tero tilla uela ueva zuela"
        ),
    ),
    "pl": (
        (
            "Adam Bab Bag Ban Bart Biel Bog Bor Bro Brzez Buk Cer Chod Chrzan Czar Czer Dob Drzew Dud Fal Gaj Gaw Gląb Goł Grab"
            " Gro Guz Jag Jan Jar Jas Jod Kacz Kal Kar Kaw Klim Kob Kol Kon Kop Kos Kraj Krup Kub Kur Lasz Leś Lip Lub Łab Łub Mak"
            " Mal Mar Mich Miel Mod Mróz Mus Nied Niem Ol Orł Os Paw Piet Pis Pod Pol Rad Rog Rud Ryb Sam Sien Sik Skow Sob Sos"
            " Stan Star Such Szcz Świer Tar Tom Tur Wal War Wędr Wil Wit Woj Wron Zab Zag Zaw Zbor Żab Żuk",
            "ak ała ański arczyk arek arz aszek czak czyk ecki elski elak ewicz ewski iak iec ik iński icki icz lewski man nicki"
            " oń orek oski ojć owicz owiec owski órski uch ulski urski usiak wiński"
        ),
    ),
    "nl": (
        (
            "Aal Acker Beek Berk Boom Brand Broek Dam Dijk Doorn Duin Eik Els Ever Gras Groen Haver Heer Hof Hoog Hout Kamp Kerk"
            " Klaver Klein Koop Koren Laar Lang Leeuw Linden Maan Meer Molen Nieuw Noord Olde Oost Oude Over Paal Poel Rijn Roos"
            " Ruiter Schaap Schip Slot Spaan Staal Steen Stern Stok Tol Uit Veen Veld Ver Vlas Voor Water Wester Wild Winter Wolf"
            " Zand Zee Zuid Zwart",
            "aard beek berg broek dam dijk donk eker enaar eling eman haar horst hof huis hout kamp kerk laar land ma man meijer mond"
            " poort rade schot sma sema steeg stra veen veld waard wijk zaal zicht"
        ),
        (
            "van+ van+de+ van+der+ van+den+ de+ ten+ ter+ op+den+",
            "Aa Akker Beemd Berk Bergh Bilt Boogaard Borne Bosch Bree Brug Burgt Doel Donk Eijk Elsen Ende Geer Gracht Haak Hage"
            " Ham Heide Hoek Hoeven Hoop Horst Hout Kamp Kerk Kolk Laan Laar Lee Maat Meulen Mierden Molen Nagel Oever Oord Paal"
            " Poel Putten Ree Roest Schans Sloot Steeg Steen Straten Toorn Velden Vliet Voort Vorst Waal Water Weide Werff Wiel"
            " Wijngaard Zande Zee Zijl"
        ),
    ),
    "ar": (
        (
            "al- el+ Ben+ Abu+",
            "Abbas Alami Amiri Ansari Attar Awad Azzouzi Badawi Bakkali Basri Fahmi Faraj Farouk Ghazali Habib Hakimi Halabi Hamidi"
            " Harbi Hashimi Issa Jaziri Kabbaj Karimi Khatib Khouri Kurdi Maghribi Malki Mokhtar Moussaoui Mufti Nabulsi Naciri"
            " Najjar Omari Otaibi Qadi Qahtani Rifai Saadi Sabah Salhi Shehri Sharif Sultani Tamimi Turki Yamani Zahrani Zaki Zayani"
        ),
        (
            "Bel Ben Bou Aboul Abd Cher Ham Haj Kad Kha Lah Maj Mah Mes Naj Oul Rah Sal Tah Zer Zou",
            "abbes ali aziz bar dane daoui di faoui ghazi hadi haj hal jaoui kader kassem lal laoui maoui mi moud nani nasri rami"
            " rouch sadi said sami sir soul tar zidi zouz"
        ),
    ),
}  # fmt: skip
