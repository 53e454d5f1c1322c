"""Languages: ISO 639-1 codes, their three-letter codes, and the names people write, English first."""

from __future__ import annotations

#: Code, three-letter codes (both where bibliographic and terminological differ), names.
_TABLE = """
aa aar Afar
ab abk Abkhazian
ae ave Avestan
af afr Afrikaans
ak aka Akan
am amh Amharic
an arg Aragonese
ar ara Arabic|العربية
as asm Assamese
av ava Avaric
ay aym Aymara
az aze Azerbaijani
ba bak Bashkir
be bel Belarusian|Беларуская
bg bul Bulgarian|Български
bi bis Bislama
bm bam Bambara
bn ben Bengali|Bangla|বাংলা
bo bod/tib Tibetan
br bre Breton
bs bos Bosnian|Bosanski
ca cat Catalan|Català
ce che Chechen
ch cha Chamorro
co cos Corsican
cr cre Cree
cs ces/cze Czech|Čeština|Česky
cu chu Church Slavic
cv chv Chuvash
cy cym/wel Welsh|Cymraeg
da dan Danish|Dansk
de deu/ger German|Deutsch
dv div Divehi
dz dzo Dzongkha
ee ewe Ewe
el ell/gre Greek|Ελληνικά
en eng English|Englisch|Anglais|Inglés
eo epo Esperanto
es spa Spanish|Español|Castellano
et est Estonian|Eesti
eu eus/baq Basque|Euskara
fa fas/per Persian|Farsi|فارسی
ff ful Fulah
fi fin Finnish|Suomi
fj fij Fijian
fo fao Faroese
fr fra/fre French|Français|Französisch
fy fry Western Frisian|Frisian
ga gle Irish|Gaeilge
gd gla Scottish Gaelic
gl glg Galician|Galego
gn grn Guarani
gu guj Gujarati
gv glv Manx
ha hau Hausa
he heb Hebrew|עברית
hi hin Hindi|हिन्दी
ho hmo Hiri Motu
hr hrv Croatian|Hrvatski
ht hat Haitian Creole|Haitian
hu hun Hungarian|Magyar
hy hye/arm Armenian
hz her Herero
ia ina Interlingua
id ind Indonesian|Bahasa Indonesia
ie ile Interlingue
ig ibo Igbo
ii iii Sichuan Yi
ik ipk Inupiaq
io ido Ido
is isl/ice Icelandic|Íslenska
it ita Italian|Italiano
iu iku Inuktitut
ja jpn Japanese|日本語
jv jav Javanese
ka kat/geo Georgian|ქართული
kg kon Kongo
ki kik Kikuyu
kj kua Kuanyama
kk kaz Kazakh
kl kal Kalaallisut
km khm Khmer
kn kan Kannada
ko kor Korean|한국어
kr kau Kanuri
ks kas Kashmiri
ku kur Kurdish
kv kom Komi
kw cor Cornish
ky kir Kyrgyz
la lat Latin
lb ltz Luxembourgish|Lëtzebuergesch
lg lug Ganda
li lim Limburgish
ln lin Lingala
lo lao Lao
lt lit Lithuanian|Lietuvių
lu lub Luba-Katanga
lv lav Latvian|Latviešu
mg mlg Malagasy
mh mah Marshallese
mi mri/mao Maori
mk mkd/mac Macedonian|Македонски
ml mal Malayalam
mn mon Mongolian
mr mar Marathi
ms msa/may Malay|Bahasa Melayu
mt mlt Maltese
my mya/bur Burmese
na nau Nauru
nb nob Norwegian Bokmål|Bokmål
nd nde North Ndebele
ne nep Nepali
ng ndo Ndonga
nl nld/dut Dutch|Nederlands|Flemish
nn nno Norwegian Nynorsk|Nynorsk
no nor Norwegian|Norsk
nr nbl South Ndebele
nv nav Navajo
ny nya Chichewa
oc oci Occitan
oj oji Ojibwa
om orm Oromo
or ori Odia|Oriya
os oss Ossetian
pa pan Punjabi|Panjabi
pi pli Pali
pl pol Polish|Polski
ps pus Pashto
pt por Portuguese|Português
qu que Quechua
rm roh Romansh
rn run Rundi
ro ron/rum Romanian|Română
ru rus Russian|Русский
rw kin Kinyarwanda
sa san Sanskrit
sc srd Sardinian
sd snd Sindhi
se sme Northern Sami
sg sag Sango
si sin Sinhala
sk slk/slo Slovak|Slovenčina
sl slv Slovenian|Slovene|Slovenščina
sm smo Samoan
sn sna Shona
so som Somali
sq sqi/alb Albanian|Shqip
sr srp Serbian|Српски
ss ssw Swati
st sot Southern Sotho
su sun Sundanese
sv swe Swedish|Svenska
sw swa Swahili|Kiswahili
ta tam Tamil|தமிழ்
te tel Telugu
tg tgk Tajik
th tha Thai|ไทย
ti tir Tigrinya
tk tuk Turkmen
tl tgl Tagalog
tn tsn Tswana
to ton Tongan
tr tur Turkish|Türkçe
ts tso Tsonga
tt tat Tatar
tw twi Twi
ty tah Tahitian
ug uig Uyghur
uk ukr Ukrainian|Українська
ur urd Urdu|اردو
uz uzb Uzbek
ve ven Venda
vi vie Vietnamese|Tiếng Việt
vo vol Volapük
wa wln Walloon
wo wol Wolof
xh xho Xhosa
yi yid Yiddish
yo yor Yoruba
za zha Zhuang
zh zho/chi Chinese|Mandarin|中文|汉语|漢語
zu zul Zulu
"""

#: (code, three-letter codes, names)
LANGUAGES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = tuple(
    (code, tuple(threes.split("/")), tuple(names.split("|")))
    for code, threes, names in (line.split(" ", 2) for line in _TABLE.strip().splitlines())
)
#: Withdrawn codes that software still sends.
WITHDRAWN = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro", "sh": "sr"}
