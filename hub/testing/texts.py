"""What invented customers write to an invented tea shop, by language: (subject, body)."""

from __future__ import annotations

TOPICS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("Where is my order?", "Hello,\n\nI ordered two weeks ago and nothing has come yet. Could you have a look?"),
        ("Broken teapot", "Hi,\n\nthe lid of the teapot arrived in three pieces. What shall I do with it?"),
        ("Wholesale prices", "Good morning,\n\nwe would like to serve your teas in our café. Is there a price list?"),
        ("Thank you", "Just a word of thanks: the smoked tea is the best I ever had."),
    ),
    "pl": (
        ("Gdzie jest moja paczka?", "Dzień dobry,\n\nzamówienie złożyłam dwa tygodnie temu i jeszcze nie dotarło."),
        ("Pytanie o zieloną herbatę", "Dzień dobry,\n\nczy ta herbata jest z tegorocznych zbiorów? Dziękuję!"),
    ),
    "de": (
        ("Rechnung fehlt", "Guten Tag,\n\nin meinem Paket lag keine Rechnung. Können Sie mir eine schicken? Grüße"),
        ("Lieferadresse ändern", "Hallo,\n\nich bin umgezogen. Bitte ändern Sie meine Lieferadresse für die Zukunft."),
    ),
    "es": (
        ("Pedido incompleto", "Hola:\n\nFalta una caja de té en mi pedido. ¿Podrían enviármela? Un saludo"),
        ("¿Hacen envíos a Canarias?", "Buenos días, quisiera saber cuánto cuesta el envío a las islas."),
    ),
    "fr": (
        ("Théière abîmée", "Bonjour,\n\nla théière est arrivée fêlée. Est-il possible de l'échanger ? Merci d'avance"),
        ("Question sur l'abonnement", "Bonjour, comment changer l'adresse de mon abonnement ? Bien à vous"),
    ),
    "zh": (
        ("订单还没有收到", "您好！我两个星期前下的订单还没有收到，请帮我查一下。谢谢！"),
        ("请问有没有茉莉花茶", "你好，想买今年的茉莉花茶，送朋友用，请问有礼盒吗？"),
    ),
    "vi": (
        ("Hỏi về đơn hàng", "Xin chào,\n\ntôi đặt hàng đã lâu mà chưa nhận được. Nhờ cửa hàng kiểm tra giúp."),
        ("Đổi địa chỉ giao hàng", "Xin chào, tôi muốn đổi địa chỉ giao hàng. Cảm ơn!"),
    ),
}  # fmt: skip

REPLIES = (
    "Thank you for writing. I have looked it up and will be back with an answer tomorrow.",
    "I am sorry to hear that. A replacement is on its way.",
    "Good news: your parcel left us this morning.",
)

#: (sku, name, price in cents)
GOODS: tuple[tuple[str, str, int], ...] = (
    ("TEA-SMOKE", "Smoked tea, 100 g", 1290),
    ("TEA-JASMIN", "茉莉花茶 Jasmine tea, 100 g", 1150),
    ("TEA-GREEN", "Spring green tea, 50 g", 980),
    ("TEA-ROOIBOS", "Rooibos with orange, 100 g", 790),
    ("POT-CLAY", "Clay teapot", 4900),
    ("CUP-SET", "Set of six cups", 3600),
)
