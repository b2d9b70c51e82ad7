"""Lists of names: people, organizations, places, job titles."""

from __future__ import annotations

from typing import NamedTuple

FIRST_NAMES = (
    "Anna", "Jonas", "Sofie", "Magnus", "Freja", "Lukas", "Clara", "Mathis", "Ingrid", "Oskar", "Emilie",
    "Noah", "Amélie", "Étienne", "Zoé", "Louis", "Inès", "Hugo", "María", "José", "Lucía", "Álvaro",
    "Carmen", "Diego", "Olivia", "Jack", "Amelia", "Harry", "Isla", "George", "Priya", "Arjun", "Ananya",
    "Rohan", "Meera", "Fatima", "Yusuf", "Leila", "Omar", "Nadia", "Hannah", "Felix", "Greta", "Moritz",
    "Lena", "Paul", "Agnieszka", "Piotr", "Zofia", "Jakub", "Łucja", "Aoife", "Cillian", "Niamh", "Declan",
    "Saoirse", "Emma", "Liam", "Grace", "Ethan", "Chloe", "Mason", "Ruby", "Theo", "Maja", "Elias", "Signe",
    "Viktor", "Astrid", "Søren", "Åse", "Bjørn", "Helle", "Torben", "Pia", "Sanne", "Daan", "Femke", "Bram",
    "Lotte", "Marek", "Jana", "Ondřej", "Eliška", "Chiara", "Matteo", "Giulia", "Luca", "Tuuli", "Eero",
    "Aino", "Mikko",
)  # fmt: skip

LAST_NAMES = (
    "Lindqvist", "Rowe", "Hansen", "Nielsen", "Jørgensen", "Madsen", "Kjær", "Østergaard", "Bergström",
    "Åkesson", "Nyström", "Müller", "Schmidt", "Weber", "Schäfer", "Vogel", "Brandt", "Krüger", "Moreau",
    "Lefèvre", "Dubois", "Garnier", "Chevalier", "Noël", "García", "Peñalver", "Navarro", "Iglesias",
    "Muñoz", "Whitlock", "Pemberton", "Hargreaves", "Ashworth", "Marlow", "Fairbanks", "Okafor", "Adeyemi",
    "Mensah", "Patel", "Sharma", "Iyer", "Banerjee", "Khan", "Rahman", "Haddad", "Nassar", "O'Connell",
    "O'Brien", "Byrne", "Gallagher", "Doyle", "Kowalski", "Wiśniewska", "Zieliński", "Nowak", "Novák",
    "Dvořák", "Svoboda", "Rossi", "Bianchi", "Ferrari", "Korhonen", "Virtanen", "Laine", "Mäkinen",
    "Jansen", "Bakker", "Visser", "Dekker", "Smit", "Walker", "Bennett", "Carter", "Hughes", "Sullivan",
    "Reyes", "Chen", "Nguyen", "Kim", "Tanaka", "Silva", "Costa", "Pereira", "Almeida", "Popescu",
    "Ionescu", "Horváth", "Szabó",
)  # fmt: skip


class Country(NamedTuple):
    """Properties that the organizations of a country share."""

    code: str
    dialling_code: str
    language: str
    currency: str
    legal_suffixes: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]
    """Names and postcodes."""
    streets: tuple[str, ...]
    name_stems: str
    trades: str
    """Stems and trades are combined into names: Nordlys Energi."""


_ENGLISH_TRADES = "Analytics Foods Logistics Property Renewables Health Outfitters Software Hotels Motors Press Capital"

COUNTRIES = (
    Country(
        "DK",
        "45",
        "DA",
        "DKK",
        ("A/S", "AS", "ApS"),
        (("Copenhagen", "2300"), ("Aarhus", "8000"), ("Odense", "5000"), ("Åkirkeby", "3720")),
        ("Havnegade", "Vestergade", "Møllevej", "Strandvejen"),
        "Nordlys Fjordby Søndergaard Birkelund Vestkyst Lindholm Skovgaard Havblik Åkirke Granlund "
        "Bjørnholm Klitmøller",
        "Energi Logistik Byg Ejendomme Fødevarer Transport Teknik Møbler Medico Bryghus Rådgivning Maritim",
    ),
    Country(
        "DE",
        "49",
        "DE",
        "EUR",
        ("GmbH", "AG", "GmbH & Co. KG"),
        (("Hamburg", "20095"), ("Leipzig", "04109"), ("Köln", "50667"), ("Dresden", "01067")),
        ("Hafenstraße", "Lindenallee", "Am Markt", "Gartenweg"),
        "Hafenkamp Steinbach Weißenfels Grünwald Falkenrath Rheinufer Lindenau Brückner Königsfeld Möhring Ahornhof",
        "Maschinenbau Logistik Werkzeuge Immobilien Energie Feinkost Optik Verlag Gebäudetechnik Pharma Mobilität",
    ),
    Country(
        "GB",
        "44",
        "EN",
        "GBP",
        ("Ltd", "Limited", "Ltd."),
        (("London", "E2 8AA"), ("Leeds", "LS1 4DY"), ("Bristol", "BS1 5TY"), ("Glasgow", "G1 1XQ")),
        ("Mill Lane", "Station Road", "Church Street", "Quayside"),
        "Kestrel Brightwater Hollowell Marlow Thornfield Saltmarsh Ridgeway Larkspur Blackthorn Pemberton Wren Ashdown",
        _ENGLISH_TRADES,
    ),
    Country(
        "US",
        "1",
        "EN",
        "USD",
        ("Inc.", "Inc", "LLC"),
        (("Boston", "02108"), ("Portland", "97201"), ("Newark", "07102"), ("Austin", "78701")),
        ("Main Street", "Harbor Avenue", "Cedar Road", "5th Avenue"),
        "Copperfield Bluestem Granite Redwood Juniper Sagebrush Pinecrest Lakeshore Ironwood Prairie Fairhaven",
        _ENGLISH_TRADES,
    ),
    Country(
        "FR",
        "33",
        "FR",
        "EUR",
        ("SAS", "SARL", "S.A."),
        (("Lyon", "69002"), ("Nantes", "44000"), ("Bourg-en-Bresse", "01000"), ("Bordeaux", "33000")),
        ("rue des Tanneurs", "quai de la Fosse", "avenue Jean Jaurès", "place du Marché"),
        "Garonne Beaumont Lefèvre Côte-Bleue Montclair Grandjean Rivoire Châtelain Mélusine Hautbois Vaucresson",
        "Distribution Énergie Conseil Cosmétique Immobilier Textile Transports Traiteur Santé Édition",
    ),
    Country(
        "SE",
        "46",
        "SV",
        "SEK",
        ("AB", "Aktiebolag"),
        (("Göteborg", "411 03"), ("Malmö", "211 20"), ("Västerås", "722 11"), ("Umeå", "903 26")),
        ("Storgatan", "Kungsgatan", "Hamngatan", "Björkvägen"),
        "Björkudden Älvdal Tallbacken Söderhamn Norrsken Ekbacken Rönnbär Kustvik Hjortsberg Vasaby",
        "Energi Bygg Fastigheter Transport Teknik Livs Möbler Konsult Skog Förlag",
    ),
)

OUTLIGN_COMPANY_TITLES = (
    "Hollis & Vane Copenhagen",
    "Hollis & Vane London",
    "Hollis & Vane Berlin",
    "Studio Halden",
    "Atelier Marchand",
    "Foundry Nine",
    "Paper Lantern",
    "North Quay Design",
    "Kontor für Gestaltung",
    "Blå Time",
    "Second Draft",
    "Oyster & Ink",
    "Maison Claire",
    "The Letter Works",
    "Signal Hill",
    "Grid & Grain",
    "Tidal Motion",
    "Sommerfugl Film",
    "Long Weekend",
    "Kiosk Kollektiv",
    "Red Thread Strategy",
    "Tall Order",
    "Plain Speech",
    "Fabrik Acht",
    "Open Window",
    "Estudio Azahar",
    "Mono & Stereo",
    "Lighthouse Research",
    "Good Measure",
    "Field Notes Media",
    "Hey Honey",
    "Granit Digital",
    "Little Engine",
    "Penrose Interactive",
    "Sea Legs",
    "Zweite Heimat",
    "Out of Office",
    "Café Modèle",
    "$x^$ Lab",
    "_underscore",
)

CHARGE_POINT_OPERATORS = (
    "Kystlader",
    "VoltNord Operations",
    "Ampelgrün Netz",
    "Chargeway Operations",
    "Borne Claire Réseau",
    "Elväg Laddnät",
)

TEAMS = (
    "Strategy",
    "Brand Design",
    "Web",
    "Motion",
    "Copy",
    "Data & Insight",
    "Social",
    "Client Services",
    "Production",
    "Print",
    "People & Culture",
    "Café ☕ Committee",
)

STAFF_TITLES = (
    "Account Manager",
    "Account Director",
    "Designer",
    "Senior Designer",
    "Art Director",
    "Developer",
    "Senior Developer",
    "Copywriter",
    "Strategist",
    "Project Manager",
    "Producer",
    "Data Analyst",
    "Motion Designer",
    "Researcher",
    "Office Manager",
)
CLIENT_TITLES = (
    "Marketing Manager",
    "Head of Brand",
    "Product Owner",
    "Communications Lead",
    "IT Manager",
    "Procurement",
    "",
)
COLLABORATOR_TITLES = (
    "Freelance Designer",
    "Photographer",
    "Translator",
    "Illustrator",
    "Contract Developer",
    "Printer",
    "",
)
SERVICE_NAMES = (
    ("Nightly", "Export"),
    ("Timesheet", "Sync"),
    ("Invoice", "Bot"),
    ("Slack", "Bridge"),
    ("Backup", "Runner"),
    ("BI", "Connector"),
)
TIMEZONES = ("Europe/Copenhagen", "Europe/London", "Europe/Berlin", "America/New_York", "Europe/Paris", "")
