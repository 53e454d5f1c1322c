"""Which given names are short forms of which: the `nicknames` package for English, and a list of ours for others."""

from __future__ import annotations

from functools import lru_cache

from nicknames import NickNamer

#: Full name: its short and pet forms, folded. What several full names share stands at each.
_OTHERS = """
aleksandra: ola olka sasza | agnieszka: aga agusia | anna: ania anka anja annie anni | barbara: basia baska babsi
dorota: dorka | elzbieta: ela elka | ewa: ewka | joanna: asia joasia | katarzyna: kasia kaska | krystyna: krysia
krzysztof: krzysiek krzys | lukasz: lukaszek | maciej: maciek | malgorzata: gosia malgosia | maria: marysia mania mia
michal: michalek | monika: monia | pawel: pawelek | piotr: piotrek | stanislaw: staszek stas | tomasz: tomek
wojciech: wojtek | bartlomiej: bartek bartus | grzegorz: grzesiek |  zbigniew: zbyszek | zofia: zosia | jan: janek jas | jakub: kuba | mateusz: mati | magdalena: magda
johannes: hannes hans jo joh | katharina: kathi kati katja kaethe | sebastian: basti seb | alexander: alex sascha sandro
andreas: andi andy | christian: chris | christine: christl tine | elisabeth: lisa liesl sissi elli babeth lisbeth
franziska: franzi | friedrich: fritz | georg: schorsch | heinrich: heinz heiner | johanna: hanna hanni | josef: sepp
juergen: jurgen | karl: kalle | margarete: grete gretel marga | matthias: matze hias | maximilian: max maxi
michael: michi micha | nikolaus: klaus niko nico | stefanie: steffi | susanne: susi sanne | theresa: resi thea
thomas: tom tommi | tobias: tobi | ulrich: uli | ursula: uschi ulla | valentin: vali | veronika: vroni | wilhelm: willi
antonio: toni tono | concepcion: concha conchita | cristina: cris | dolores: lola | eduardo: edu lalo | enrique: quique
fernando: nando | francisco: paco pancho fran curro | guadalupe: lupe | guillermo: memo | ignacio: nacho
isabel: isa chabela | inmaculada: inma | jesus: chus chuy | joaquin: quino ximo | jose: pepe chepe | josefa: pepa | lucia: luci
manuel: manolo manu | mercedes: merche | montserrat: montse | pilar: pili | rafael: rafa | ramon: moncho
rosario: charo | salvador: salva chava | santiago: santi chago | teresa: tere | vicente: chente
alexandre: alex | benjamin: ben benji | dominique: domi | emmanuel: manu | frederic: fred | genevieve: ginette
guillaume: guy gui | jacqueline: jackie | jean: jeannot | nathalie: nath | nicolas: nico | philippe: phil
stephane: steph | stephanie: steph fanny | veronique: vero | vincent: vince
giovanni: gianni nanni vanni | giuseppe: beppe peppe pino | francesco: franco checco | luigi: gigi gino
alessandro: sandro ale | domenico: mimmo | antonella: anto | salvatore: totò toto turi
cornelis: cees kees cor | hendrik: henk rik | jacobus: koos jaap | johan: joop | pieter: piet | willem: wim pim
wilhelmina: mina willy mien | gerardus: gerard geert | adriana: jana | maartje: maart
ivan: vanya | aleksandr: sasha | dmitri: dima mitya | ekaterina: katya | mikhail: misha | nikolai: kolya
natalia: natasha | sergei: seryozha | tatiana: tanya | vladimir: vova volodya | yevgeny: zhenya | elena: lena
mohammed: mohamed muhammad mohammad mohd | abdullah: abdallah | yusuf: youssef yousef
"""


def _read(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in text.replace("\n", "|").split("|"):
        full, _, short = entry.partition(":")
        for name in short.split():
            found.setdefault(name, set()).add(full.strip())
    return {name: frozenset(fulls) for name, fulls in found.items()}


_FULL_OF = _read(_OTHERS)
_ENGLISH = NickNamer()


@lru_cache(maxsize=65_536)
def full_names(given: str) -> frozenset[str]:
    """The names that a folded given name may stand for, itself among them: bill -> bill, william, …"""
    return frozenset({given, *_ENGLISH.canonicals_of(given), *_FULL_OF.get(given, ())} if given else ())


def may_be_one(a: str, b: str) -> bool:
    """Whether two given names may be forms of one: they stand for a name in common."""
    return not full_names(a).isdisjoint(full_names(b))
