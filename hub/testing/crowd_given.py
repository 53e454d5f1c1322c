"""Given names, by language: the common ones first, as people of that language are called.

Each text is a list with blanks between; `+` joins the two parts of a double name and becomes a blank, so that
`Ana+María` is one name. Nicknames are lines of `name: short forms`.
"""

from __future__ import annotations

#: (women, men) by language.
GIVEN: dict[str, tuple[str, str]] = {
    "en": (
        "Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Lisa Nancy Betty Sandra Margaret Ashley"
        " Kimberly Emily Donna Michelle Carol Amanda Melissa Deborah Stephanie Rebecca Sharon Laura Cynthia Dorothy Amy"
        " Kathleen Angela Shirley Emma Brenda Pamela Nicole Anna Samantha Katherine Christine Debra Rachel Carolyn Janet"
        " Maria Olivia Heather Helen Catherine Diane Julie Victoria Joyce Lauren Kelly Christina Ruth Joan Virginia Judith"
        " Evelyn Hannah Andrea Megan Cheryl Jacqueline Madison Teresa Abigail Sophia Martha Sara Gloria Janice Kathryn Ann"
        " Isabella Judy Charlotte Julia Grace Amber Alice Jean Denise Frances Danielle Marilyn Natalie Beverly Diana"
        " Brittany Theresa Kayla Alexis Doris Lori Tiffany Eleanor Imogen Beatrice Harriet Florence Poppy Daisy Freya"
        " Phoebe Matilda Rosie Jasmine Lucy Chloe Ella Mia Ava Amelia Ivy Willow Isla Lily Georgia Sophie Ruby Jade Holly"
        " Leah Zoe Molly Paige Gemma Tracey Joanne Claire Louise Hayley Stacey Kerry Lorraine Maureen Sheila Eileen Hilary"
        " Rosemary Penelope Felicity Philippa Winifred Edith Mabel Agnes Iris Hazel Violet Nora Stella Audrey Bethany"
        " Caroline Cecilia Daphne Delia Erin Fiona Gwen Heidi Irene Jill Kara Lana Leona Marcia Maya Naomi Nina Paula Polly"
        " Rhonda Rita Robin Rosa Sabrina Selena Sonia Tamara Tanya Tara Ursula Valerie Vanessa Vera Wendy Yvonne",
        "James Robert John Michael David William Richard Joseph Thomas Christopher Charles Daniel Matthew Anthony Mark"
        " Donald Steven Andrew Paul Joshua Kenneth Kevin Brian George Timothy Ronald Jason Edward Jeffrey Ryan Jacob Gary"
        " Nicholas Eric Jonathan Stephen Larry Justin Scott Brandon Benjamin Samuel Gregory Alexander Patrick Frank Raymond"
        " Jack Dennis Jerry Tyler Aaron Jose Adam Nathan Henry Zachary Douglas Peter Kyle Noah Ethan Jeremy Christian"
        " Walter Keith Austin Roger Terry Sean Gerald Carl Dylan Harold Jordan Jesse Bryan Lawrence Arthur Gabriel Bruce"
        " Logan Billy Joe Alan Juan Elijah Willie Albert Wayne Randy Mason Vincent Liam Roy Bobby Caleb Bradley Russell"
        " Lucas Oliver Harry Leo Alfie Archie Theo Freddie Oscar Isaac Max Toby Callum Rhys Owen Ewan Angus Hamish Graham"
        " Nigel Trevor Clive Colin Derek Barry Neil Stuart Ian Simon Martin Philip Adrian Geoffrey Hugh Rupert Giles"
        " Alistair Dominic Felix Jasper Miles Miles Rory Craig Darren Dean Gareth Glen Grant Howard Ivan Joel Kirk Lance"
        " Leon Lewis Luke Malcolm Marcus Maurice Mitchell Neville Norman Oswald Perry Quentin Ralph Rex Rodney Ross Rowan"
        " Seth Shane Spencer Stanley Sidney Ted Tobias Tristan Troy Victor Wesley Warren Wallace Xavier Cameron Blake Cole"
        " Connor Devin Dustin Edgar Edmund Ernest Eugene Evan Francis Fred Gilbert Gordon Hector Herbert Hunter Jared",
    ),
    "de": (
        "Ursula Monika Petra Sabine Renate Helga Karin Brigitte Ingrid Andrea Gisela Claudia Susanne Elisabeth Martina"
        " Christine Birgit Angelika Gabriele Anna Maria Heike Stefanie Julia Sandra Nicole Katharina Christina Erika Elke"
        " Christa Anja Sarah Laura Lisa Lena Leonie Hannah Mia Emma Sophie Marie Johanna Charlotte Clara Luise Frieda"
        " Greta Ida Mathilda Paula Emilia Lina Lea Nele Jana Jule Antonia Franziska Friederike Magdalena Theresa Veronika"
        " Barbara Regina Silke Silvia Sonja Tanja Ulrike Ute Vera Waltraud Hannelore Hildegard Ilse Irmgard Gerda Gertrud"
        " Edith Dagmar Cornelia Carola Britta Bettina Astrid Annette Annegret Anneliese Käthe Margarete Melanie Miriam"
        " Nadine Natalie Patricia Ramona Rebecca Rosemarie Sigrid Simone Svenja Verena Wiebke Heidrun Jasmin Jessica Kerstin",
        "Peter Michael Thomas Andreas Wolfgang Klaus Jürgen Stefan Günter Christian Uwe Werner Horst Frank Dieter Manfred"
        " Gerhard Hans Bernd Thorsten Mathias Helmut Heinz Alexander Martin Ralf Jens Sven Daniel Markus Jan Sebastian"
        " Tobias Florian Karl Heinrich Rolf Joachim Walter Rainer Norbert Josef Matthias Holger Kai Dirk Jörg Olaf Lars"
        " Marco Marcel Patrick Philipp Felix Lukas Jonas Leon Paul Maximilian Elias Finn Ben Noah Luca Moritz Anton Emil"
        " Oskar Jakob Julian David Simon Niklas Tim Nils Fabian Benjamin Dominik Johannes Georg Franz Friedrich Wilhelm"
        " Otto Ernst Hermann Kurt Rudolf Siegfried Egon Erwin Eberhard Detlef Carsten Björn Axel Arne Armin Achim Volker"
        " Ulrich Udo Torben Timo Steffen Roland Robert Ottmar Oliver Malte Ludwig Konrad Ingo Hartmut Hannes Gregor Götz",
    ),
    "fr": (
        "Marie Nathalie Isabelle Sylvie Catherine Martine Christine Françoise Valérie Sandrine Stéphanie Véronique Sophie"
        " Céline Chantal Patricia Anne Brigitte Julie Monique Aurélie Nicole Laurence Annie Émilie Dominique Virginie"
        " Corinne Elisabeth Christelle Camille Caroline Léa Sarah Florence Laetitia Audrey Hélène Laura Manon Michèle"
        " Cécile Christiane Béatrice Claire Nadine Delphine Pauline Karine Mélanie Marion Chloé Jacqueline Élodie Évelyne"
        " Mathilde Agnès Anaïs Inès Jade Louise Alice Lina Emma Rose Ambre Juliette Zoé Lucie Margaux Clémence Solène Maëlle"
        " Noémie Océane Élise Éléonore Adèle Aline Amandine Angélique Ariane Blandine Capucine Claudine Colette Constance"
        " Danièle Denise Édith Estelle Eugénie Fabienne Fanny Geneviève Ghislaine Ginette Hortense Jeanne Joëlle Josiane"
        " Justine Liliane Lisa Lucienne Madeleine Maryse Mireille Muriel Myriam Odette Odile Pascale Raymonde Régine Renée",
        "Jean Philippe Michel Alain Patrick Nicolas Christophe Pierre Christian Éric Frédéric Laurent Stéphane David Pascal"
        " Daniel Alexandre Julien Thierry Olivier Bernard Thomas Sébastien Gérard Didier Dominique Vincent François Bruno"
        " Guillaume Jérôme Jacques Marc Maxime Romain Claude Antoine Franck Anthony Kévin Gilles Cédric Serge André Mathieu"
        " Benjamin Patrice Fabrice Joël Jérémy Clément Arnaud Denis Paul Lucas Hervé Hugo Louis Gabriel Raphaël Arthur Léo"
        " Jules Adam Maël Liam Noé Ethan Nathan Théo Axel Enzo Martin Valentin Quentin Adrien Alexis Bastien Baptiste Benoît"
        " Bertrand Cyril Damien Dorian Édouard Émile Étienne Eugène Fabien Félix Florian Gaël Gaston Gautier Georges"
        " Grégory Guy Henri Jean+Baptiste Joseph Jordan Lionel Loïc Ludovic Marcel Matthieu Maurice Mickaël Norbert Pascal",
    ),
    "es": (
        "María Carmen Ana Isabel Laura Cristina Marta Lucía Josefa Dolores Pilar Paula Elena Raquel Sara Francisca Antonia"
        " Mercedes Rosa Beatriz Teresa Julia Silvia Patricia Concepción Rocío Andrea Irene Alba Mónica Encarnación Ángela"
        " Montserrat Alicia Nuria Sandra Marina Natalia Yolanda Sonia Susana Margarita Eva Claudia Inmaculada Ainhoa Amparo"
        " Begoña Blanca Carla Carlota Carolina Catalina Celia Clara Consuelo Daniela Diana Emilia Esperanza Esther Eugenia"
        " Fátima Gloria Inés Itziar Jimena Juana Leire Lidia Lorena Lourdes Luisa Manuela Martina Milagros Miriam Nerea"
        " Noelia Olga Paloma Remedios Rosario Sofía Soledad Valeria Vanesa Verónica Victoria Virginia Ximena Yaiza Adela",
        "Antonio Manuel José Francisco David Juan Javier Daniel Carlos Jesús Alejandro Miguel Rafael Pablo Pedro Ángel Sergio"
        " Fernando Jorge Luis Alberto Álvaro Adrián Diego Raúl Iván Rubén Enrique Óscar Ramón Vicente Andrés Joaquín Santiago"
        " Víctor Eduardo Mario Roberto Jaime Marcos Ignacio Hugo Alfonso Jordi Salvador Ricardo Emilio Guillermo Gabriel"
        " Julián Julio Tomás Agustín Félix Gonzalo Nicolás Martín Mateo Lucas Leo Bruno Izan Marc Aitor Asier Borja César"
        " Cristian Domingo Esteban Eugenio Felipe Gregorio Héctor Iker Íñigo Isaac Ismael Joan Lorenzo Mariano Mikel"
        " Mohamed Pascual Rodrigo Samuel Sebastián Unai Xavier Abel Arturo Benito Bernardo Cristóbal Darío Elías Fermín",
    ),
    "pl": (
        "Anna Maria Katarzyna Małgorzata Agnieszka Barbara Ewa Krystyna Elżbieta Magdalena Joanna Aleksandra Zofia Monika"
        " Teresa Natalia Julia Karolina Marta Beata Dorota Danuta Halina Jolanta Irena Iwona Jadwiga Zuzanna Grażyna Janina"
        " Paulina Wiktoria Justyna Bożena Maja Hanna Oliwia Sylwia Urszula Alicja Helena Lena Renata Kinga Aneta Amelia"
        " Izabela Emilia Weronika Patrycja Klaudia Martyna Ewelina Edyta Wanda Stanisława Lidia Marianna Gabriela Dominika"
        " Nikola Laura Genowefa Marzena Pola Wiesława Kazimiera Daria Antonina Milena Iga Sandra Stefania Lucyna Mirosława"
        " Łucja Aldona Bogumiła Bronisława Celina Czesława Eugenia Felicja Honorata Ilona Jagoda Kamila Kornelia Ludwika"
        " Malwina Mariola Nadia Otylia Regina Róża Sabina Stefania Tamara Violetta Władysława Zdzisława Żaneta Żaklina",
        "Piotr Krzysztof Tomasz Andrzej Paweł Jan Michał Marcin Jakub Adam Marek Łukasz Grzegorz Stanisław Mateusz Wojciech"
        " Mariusz Dariusz Zbigniew Jerzy Maciej Rafał Robert Kamil Jacek Józef Dawid Szymon Tadeusz Ryszard Jarosław Kacper"
        " Bartosz Artur Sławomir Janusz Filip Mirosław Damian Henryk Sebastian Przemysław Daniel Antoni Patryk Aleksander"
        " Karol Kazimierz Roman Marian Wiesław Hubert Franciszek Adrian Arkadiusz Bogdan Leszek Radosław Edward Mikołaj"
        " Wiktor Dominik Zdzisław Leon Oskar Igor Bartłomiej Nikodem Konrad Miłosz Waldemar Tymon Ignacy Czesław Bolesław"
        " Bronisław Cezary Edmund Emil Ernest Eryk Eugeniusz Feliks Gabriel Gustaw Ireneusz Julian Kajetan Klemens Kornel"
        " Lech Ludwik Maksymilian Norbert Olaf Remigiusz Stefan Tymoteusz Walenty Witold Władysław Włodzimierz Zenon Zygmunt",
    ),
    "nl": (
        "Maria Johanna Anna Cornelia Wilhelmina Elisabeth Catharina Hendrika Petronella Margaretha Emma Sophie Julia Mila"
        " Tess Sara Zoë Nora Saar Evi Fleur Lotte Sanne Anouk Femke Marieke Marloes Monique Ingrid Saskia Esther Mirjam"
        " Wendy Linda Miranda Petra Yvonne Karin Astrid Jolanda Annemarie Marijke Ans Tineke Hanneke Ineke Janneke Lieke"
        " Noor Roos Fenna Jasmijn Iris Isa Lisa Eva Floor Britt Maud Manon Daphne Kim Danique Amber Naomi Merel Marit Nienke"
        " Renske Rianne Roelien Sietske Tjitske Wietske Aafke Aaltje Baukje Corrie Dieuwke Elske Geertje Gerda Greetje Hilde"
        " Ilse Jantje Jeltje Klaske Liesbeth Loes Mieke Neeltje Rina Riet Toos Truus Willemijn Wilma Carolien Caroline",
        "Johannes Jan Cornelis Hendrik Willem Pieter Gerrit Jacobus Petrus Daan Bram Sem Lucas Milan Levi Luuk Thijs Jayden"
        " Noah Finn Tim Lars Ruben Jesse Stijn Sander Bas Jeroen Mark Dennis Martijn Marcel Erik Peter Rob Hans Kees Piet"
        " Henk Wim Dirk Arie Gijs Joost Maarten Michiel Niels Rik Roel Ronald Sjoerd Tom Ton Theo Thijmen Tijn Teun Wouter"
        " Wessel Koen Joris Jelle Hugo Guus Floris Frank Ferdinand Evert Eelco Douwe Derk Coen Casper Bart Arjan Anton"
        " Albert Adriaan Bastiaan Berend Bernard Christiaan Diederik Egbert Frits Gerard Harm Hidde Ids Jaap Joep Jorrit"
        " Jurriaan Klaas Laurens Leendert Matthijs Olivier Paul Quinten Reinier Rutger Siebe Sybren Tjeerd Vincent Xander",
    ),
    "vi": (
        "Thị+Hoa Thị+Lan Thị+Hương Thị+Hồng Thị+Thu Thị+Mai Ngọc+Anh Ngọc+Ánh Ngọc+Hà Ngọc+Lan Thu+Hà Thu+Trang Thu+Thảo"
        " Thùy+Dương Thùy+Linh Minh+Anh Minh+Châu Minh+Thư Phương+Anh Phương+Thảo Phương+Linh Thanh+Hà Thanh+Thủy Thanh+Tâm"
        " Kim+Anh Kim+Ngân Kim+Oanh Bích+Ngọc Bích+Thủy Diễm+Quỳnh Hải+Yến Hoàng+Yến Hồng+Nhung Khánh+Linh Lan+Anh"
        " Mai+Anh Mỹ+Duyên Mỹ+Linh Như+Quỳnh Quỳnh+Anh Quỳnh+Như Thị+Tuyết Thị+Nga Thị+Nhung Thị+Hạnh Thị+Hằng Thị+Dung"
        " Thị+Hà Thị+Liên Thị+Loan Thị+Minh Thị+Ngọc Thị+Oanh Thị+Phượng Thị+Thảo Thị+Vân Thị+Xuân Thị+Yến Bảo+Ngọc",
        "Văn+Hùng Văn+Dũng Văn+Minh Văn+Nam Văn+Long Văn+Hải Văn+Thành Văn+Tuấn Văn+Đức Văn+Quang Quốc+Bảo Quốc+Huy"
        " Quốc+Tuấn Đức+Huy Đức+Anh Đức+Minh Minh+Đức Minh+Hoàng Minh+Khôi Minh+Quân Minh+Tuấn Anh+Tuấn Anh+Dũng Hoàng+Long"
        " Hoàng+Nam Hoàng+Anh Gia+Bảo Gia+Huy Gia+Hưng Thanh+Tùng Thanh+Sơn Thành+Đạt Thành+Công Thành+Long Tuấn+Anh"
        " Tuấn+Kiệt Trung+Kiên Trung+Hiếu Xuân+Trường Xuân+Bách Hữu+Nghĩa Hữu+Phước Công+Minh Công+Thành Bảo+Long Duy+Anh"
        " Duy+Khánh Đình+Trọng Đình+Phong Hải+Đăng Hải+Nam Khánh+Duy Ngọc+Sơn Nhật+Minh Phúc+Lâm Quang+Huy Quang+Vinh"
        " Thế+Anh Tiến+Dũng Tiến+Đạt Trọng+Nhân Văn+Bình Văn+Cường Văn+Hiếu Văn+Khoa Văn+Lâm Văn+Phúc Văn+Sơn Văn+Toàn",
    ),
    "ar": (
        "Fatima Aisha Khadija Maryam Zainab Amina Yasmin Layla Nour Salma Hana Sara Samira Nadia Leila Karima Latifa Malika"
        " Naima Rachida Souad Houda Hayat Hanane Ilham Imane Jamila Khadra Loubna Meryem Mouna Najat Rania Rim Sabah Saida"
        " Sanaa Siham Sihem Soraya Wafa Widad Yousra Zahra Zineb Abir Ahlam Amal Asma Aya Basma Bouchra Dalal Dina Dounia"
        " Farah Faten Ghada Habiba Hafsa Hiba Ikram Ines Jihan Kawtar Lamia Lina Maha Manal Nabila Nawal Nisrine Rajaa Reem",
        "Mohamed Ahmed Ali Hassan Hussein Omar Youssef Ibrahim Khalid Mustafa Abdullah Mahmoud Karim Hamza Bilal Said Rachid"
        " Hamid Samir Tarek Walid Nabil Jamal Kamal Ismail Idris Yassin Zakaria Anas Ayoub Amine Adil Aziz Abdelkader"
        " Abdelaziz Abderrahman Abdelhamid Brahim Driss Fouad Faisal Farid Fares Ghassan Habib Haitham Hakim Hicham Imad"
        " Issam Jaber Jalal Lahcen Larbi Majid Malek Mehdi Mounir Mourad Nasser Nizar Noureddine Othman Qasim Redouane Reda"
        " Saber Salah Salim Sami Slimane Sofiane Soufiane Taha Talal Tariq Wassim Yahya Younes Ziad Zouhair Anwar Ashraf",
    ),
}  # fmt: skip

#: Rare names of two parts each; a stem and an ending for women, and for men.
TAILS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "en": (
        ("Kay Bry Jay Mar Shan Ash Bren Cor Del El Jo Ka Lor Mel Ros Sher Ty Val Win Ar", "lee lyn ella anna ette ina issa"),
        ("Bray Cay Dar Der Jar Kel Lan Mar Tal Ter Ker Bran Col Dal Gar Hol Wil Ed Al", "den ton vin rick son ley win"),
    ),
    "de": (
        ("Adel Irm Sieg Gert Her Kune Lieb Mecht Rein Sig Wald Walt", "gard hild traud linde gunde"),
        ("Adel Bern Die Eber Ger Gott Hel Her Lud Rein Sieg Wald Wil Wolf", "bert fried mar helm ward wig wolf"),
    ),
    "fr": (
        ("Alb Ang Bern Clar Claud Flor Gis Hon Jos Juli Luc Mart Maur Ol Paul Sid Séver Sol Val Vict Yv", "ine ette elle iane orine onie"),
        ("Ald Alf Anc Arm Bern Clod Éd Ferd Gont Gér Guil Hild Léop Ray Roger Sig Thib", "ault ard ert ion rand omir"),
    ),
    "es": (
        ("Adel Angel Aur Cand Cons Del Em Fel Flor Hon Len Mar Nar Petr Sev Val", "ina isa elia ita ora encia"),
        ("Adel Arn Ber Cel Den Flor Gau Hon Leon Marc Oct Ros Sever Sil Val Vic", "ino aldo elio encio orio iano"),
    ),
    "pl": (
        ("Bole Bogu Chwali Dobro Jaro Lubo Ludo Miło Miro Prze Rado Sobie Stani Świato Wie Więce Wito Zdzi", "sława mira wita niega mysława borka"),
        ("Bogu Chwali Dobro Domi Jaro Lubo Ludo Mści Miło Miro Prze Racho Sobie Świato Wie Więce Wito Zdzi Żeli", "sław mir wit bor mysł gost"),
    ),
    "nl": (
        ("Aal Bar Bau Dirk Fem Gees Ger Grie Hen Jel Klaas Lam Lies Maai Reina Sjou Tjit Wil", "tje ke trui dina lien"),
        ("Bau Dou Eel Fok Ger Gos Har Hes Hil Jel Lam Lub Rin Sjoer Wie Wig", "ke wert mer ze bren bert"),
    ),
    "ar": (
        ("Nour Zahr Khair Jou Fatih Badr Sham Had Sou Waf Yam Rah Naj Kam", "iya atou ine ia ila ana"),
        ("Abdel Abdoul Nour Badr Salah Izz", "karim latif rahim malek ghani hak ouahab majid wahid din jalil salam"),
    ),
}  # fmt: skip

#: First and second parts of the double names people are given, by language: (women, men).
DOUBLES: dict[str, tuple[tuple[str, str, str], tuple[str, str, str]]] = {
    "de": (
        ("Anna Eva Hanna Marie Rose", "-", "Lena Maria Luise Sophie Katharina Theres Charlotte Christin"),
        ("Hans Karl Klaus Franz Ernst Jan", "-", "Peter Heinz Jürgen Dieter Joachim Josef Werner Georg Otto"),
    ),
    "fr": (
        ("Marie Anne Rose Ève", "-", "Claude Christine France Thérèse Louise Laure Hélène Pierre Noëlle Sophie Josée Paule"),
        ("Jean Pierre Paul", "-", "Claude Pierre Luc Marc Michel François Louis Yves Jacques Philippe Paul Marie"),
    ),
    "es": (
        ("María Ana Rosa Luz Eva", " ", "Carmen Pilar Isabel Dolores Teresa Ángeles José Luisa Jesús Mercedes Victoria Rosario"),
        ("José Juan Luis Miguel Francisco", " ", "Antonio Manuel Luis María Carlos Ángel Javier Ramón José Miguel"),
    ),
    "nl": (("Anne Marie", "-", "Marie Sophie Fleur Lotte Claire"), ("Jan Pieter", "-", "Willem Jan Peter Hein Kees")),
    "vi": (
        (
            "Thị Ngọc Thu Thùy Minh Phương Thanh Kim Bích Hồng Mỹ Như Quỳnh Bảo Diệu",
            " ",
            "Anh Châu Chi Dung Giang Hà Hân Hằng Hạnh Hiền Hoa Hương Lan Linh Loan Mai My Nga Ngân Nhi Nhung Oanh Phượng Thảo Trang Uyên Vân Vy Xuân Yến",
        ),
        (
            "Văn Quốc Đức Minh Hoàng Gia Thanh Thành Trung Xuân Hữu Công Duy Đình Quang",
            " ",
            "An Bách Bình Cường Dũng Đạt Hải Hiếu Hòa Hùng Huy Khang Khánh Khoa Kiên Lâm Long Nam Nghĩa Phong Phúc Quân Sơn Tâm Thắng Toàn Trí Tuấn Việt Vinh",
        ),
    ),
    "en": (
        ("Mary Anna Sarah Emma", " ", "Ann Jane Lou Beth Grace Kate Rose Jo"),
        ("John Billy James Jim", " ", "Paul Ray Bob Joe Lee"),
    ),
}  # fmt: skip

#: Signs of Chinese given names: (women's, men's, both).
SIGNS = (
    "芳娟敏静丽秀英霞燕玲桂兰红梅莉娜婷雪萍琴倩蓉颖洁怡雅琳淑珍美慧娇",
    "伟强磊军勇杰涛超刚平辉鹏建国志斌波浩峰龙海飞亮健凯毅铭振宏彬",
    "明华文晓思雨子涵宇欣佳梓晨瑞可一心安乐清云天月春秋东新永嘉诗语",
)

#: Short forms and spellings, by language. The first is the usual one.
NICKNAMES: dict[str, str] = {
    "en": """
        William: Bill Will Billy Liam; Robert: Bob Rob Bobby Robbie; Richard: Rick Dick Rich; James: Jim Jimmy Jamie
        John: Jack Johnny Jon; Michael: Mike Mick Mikey; David: Dave Davy; Joseph: Joe Joey; Thomas: Tom Tommy
        Christopher: Chris Kit; Charles: Charlie Chuck Chas; Daniel: Dan Danny; Matthew: Matt; Anthony: Tony
        Donald: Don; Steven: Steve; Stephen: Steve; Andrew: Andy Drew; Joshua: Josh; Kenneth: Ken Kenny; Edward: Ed Ted Ned
        Jeffrey: Jeff; Timothy: Tim; Ronald: Ron; Nicholas: Nick; Jonathan: Jon Jonny; Lawrence: Larry; Gregory: Greg
        Benjamin: Ben; Samuel: Sam; Alexander: Alex Sandy; Patrick: Pat Paddy; Raymond: Ray; Nathan: Nate; Zachary: Zach
        Douglas: Doug; Peter: Pete; Walter: Walt; Gerald: Gerry; Harold: Harry; Arthur: Art; Gabriel: Gabe; Vincent: Vince
        Bradley: Brad; Russell: Russ; Oliver: Ollie; Frederick: Fred; Philip: Phil; Geoffrey: Geoff; Francis: Frank
        Eugene: Gene; Albert: Al Bert; Henry: Harry Hank; Theodore: Ted Theo; Victor: Vic; Stanley: Stan; Stuart: Stu
        Elizabeth: Liz Beth Betty Lizzie Eliza; Margaret: Maggie Peggy Meg; Katherine: Kate Kathy Katie; Catherine: Cathy Kate
        Patricia: Pat Patty Trish; Jennifer: Jen Jenny; Barbara: Barb; Susan: Sue Susie; Jessica: Jess; Deborah: Debbie Deb
        Rebecca: Becky; Stephanie: Steph; Cynthia: Cindy; Dorothy: Dot Dottie; Kathleen: Kathy Kath; Pamela: Pam; Nicole: Nikki
        Samantha: Sam; Christine: Chris Chrissy; Christina: Tina Chris; Victoria: Vicky Tori; Jacqueline: Jackie; Teresa: Terri
        Abigail: Abby; Theresa: Tess; Virginia: Ginny; Judith: Judy; Eleanor: Ellie Nell; Penelope: Penny; Amanda: Mandy
        Kimberly: Kim; Melissa: Mel; Angela: Angie; Alexandra: Alex; Isabella: Bella; Natalie: Nat; Rosemary: Rose; Sandra: Sandy
    """,
    "de": """
        Johannes: Hannes; Katharina: Kathi Kati; Sebastian: Basti; Maximilian: Max; Alexander: Alex; Michael: Michi
        Matthias: Matze; Mathias: Matze; Wolfgang: Wolf; Joachim: Achim Jochen; Friedrich: Fritz; Heinrich: Heiner; Josef: Sepp
        Georg: Schorsch; Elisabeth: Elli Lisbeth Sissi; Margarete: Grete Gretel; Franziska: Franzi; Stefanie: Steffi
        Gabriele: Gabi; Susanne: Susi; Brigitte: Gitte; Christina: Tina; Johanna: Hanna; Magdalena: Lena; Theresa: Resi
        Ulrich: Uli; Ulrike: Uli; Benjamin: Benni; Dominik: Domi; Tobias: Tobi; Andreas: Andi; Hildegard: Hilde; Waltraud: Traudl
        Christian: Chris; Philipp: Phil; Robert: Robbie; Rosemarie: Rosi; Angelika: Geli; Siegfried: Sigi
    """,
    "fr": """
        Alexandre: Alex; Frédéric: Fred; Élisabeth: Babeth; Elisabeth: Babeth; Christophe: Chris; Stéphanie: Steph; Nicolas: Nico
        Sébastien: Seb; Benjamin: Ben; Guillaume: Guigui; Philippe: Phil; Antoine: Tonio; Dominique: Dom; Véronique: Véro
        Catherine: Cathy; Nathalie: Nath; Caroline: Caro; Virginie: Virg; Mathilde: Mathi; Mathieu: Mat; Maxime: Max
        Emmanuelle: Manu; Raphaël: Raph; Gabriel: Gabi; Joséphine: José; Valérie: Val; Patricia: Pat; Laetitia: Laeti
    """,
    "es": """
        Francisco: Paco Fran Curro; José: Pepe; Dolores: Lola; Manuel: Manolo Lolo; Antonio: Toni Toño; Ignacio: Nacho
        Concepción: Concha Conchi; Pilar: Pili; Mercedes: Merche; Enrique: Quique; Guillermo: Guille; Jesús: Chus; Rafael: Rafa
        Javier: Javi; Alejandro: Álex Jandro; Fernando: Fer Nando; Eduardo: Edu; Cristina: Cris; Isabel: Isa; Beatriz: Bea
        Teresa: Tere; Rosario: Charo; Encarnación: Encarna; Inmaculada: Inma; Montserrat: Montse; Santiago: Santi; Vicente: Chente
        Alberto: Berto; Miguel: Migue; Daniel: Dani; Sebastián: Sebas; Josefa: Pepa; Francisca: Paca Paqui; Consuelo: Chelo
    """,
    "pl": """
        Aleksandra: Ola; Katarzyna: Kasia; Małgorzata: Gosia Małgosia; Tomasz: Tomek; Jan: Janek Jaś; Agnieszka: Aga
        Barbara: Basia; Ewa: Ewka; Krystyna: Krysia; Elżbieta: Ela; Magdalena: Magda; Joanna: Asia; Zofia: Zosia; Anna: Ania
        Maria: Marysia; Zuzanna: Zuza; Karolina: Karola; Piotr: Piotrek; Krzysztof: Krzysiek; Andrzej: Jędrek; Paweł: Pawełek
        Michał: Misiek; Jakub: Kuba; Grzegorz: Grzesiek; Stanisław: Staszek; Wojciech: Wojtek; Zbigniew: Zbyszek; Jerzy: Jurek
        Maciej: Maciek; Józef: Józek; Tadeusz: Tadek; Ryszard: Rysiek; Bartosz: Bartek; Bartłomiej: Bartek; Sławomir: Sławek
        Franciszek: Franek; Władysław: Władek; Mirosław: Mirek; Jarosław: Jarek; Łukasz: Łuki; Mateusz: Mati; Antoni: Antek
    """,
    "nl": """
        Johannes: Jan Hans; Cornelis: Kees Cor; Hendrik: Henk; Willem: Wim; Pieter: Piet; Gerrit: Ger; Jacobus: Jaap Koos
        Petrus: Piet; Maria: Marie Ria; Johanna: Jo Annie; Cornelia: Corrie; Wilhelmina: Mien Willy; Elisabeth: Els Liesbeth
        Catharina: Toos Trijn; Hendrika: Riek; Petronella: Nel; Margaretha: Greet; Sebastiaan: Bas; Bastiaan: Bas; Maarten: Mart
        Matthijs: Thijs; Christiaan: Chris; Laurens: Lau; Adriaan: Ad; Caroline: Caro; Annemarie: Anne; Albert: Bert
    """,
    "ar": """
        Mohamed: Mohammed Muhammad Mohammad; Ahmed: Ahmad; Youssef: Yusuf Yousef; Hussein: Hussain Hocine; Mustafa: Mostafa Moustafa
        Khadija: Khadidja; Aisha: Aicha; Fatima: Fatma; Yasmin: Yasmine; Layla: Leyla; Ibrahim: Brahim; Abdullah: Abdallah
        Said: Saeed; Omar: Umar; Tarek: Tareq; Maryam: Mariam; Othman: Osman; Salah: Salih; Zainab: Zaynab; Samir: Sameer
        Jamal: Djamal; Hicham: Hisham; Rachid: Rashid; Karim: Kareem; Yassin: Yacine; Noureddine: Nordin; Walid: Waleed
    """,
    "vi": "Minh Anh: Mina; Đức Anh: Duke",
}
