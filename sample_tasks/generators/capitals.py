"""Capitals of countries, states and regions. Lives here: the list, written from general knowledge.

The rule: a fact of the real world. A model has met it in pretraining or has not; demonstrations show no more than the
format.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["CAPITALS", "examples"]

# "place: capital; ...", in ASCII. Left out: places that share their name, and those with several or disputed seats.
_LIST: Final = """
Afghanistan: Kabul; Albania: Tirana; Algeria: Algiers; Andorra: Andorra la Vella; Angola: Luanda;
Argentina: Buenos Aires; Armenia: Yerevan; Australia: Canberra; Austria: Vienna; Azerbaijan: Baku;
Bahrain: Manama; Bangladesh: Dhaka; Barbados: Bridgetown; Belarus: Minsk; Belgium: Brussels; Belize: Belmopan;
Bhutan: Thimphu; Botswana: Gaborone; Brazil: Brasilia; Bulgaria: Sofia; Burkina Faso: Ouagadougou;
Cambodia: Phnom Penh; Cameroon: Yaounde; Canada: Ottawa; Chad: N'Djamena; Chile: Santiago; China: Beijing;
Colombia: Bogota; Costa Rica: San Jose; Croatia: Zagreb; Cuba: Havana; Cyprus: Nicosia; Denmark: Copenhagen;
Dominica: Roseau; Ecuador: Quito; Egypt: Cairo; El Salvador: San Salvador; Eritrea: Asmara; Estonia: Tallinn;
Ethiopia: Addis Ababa; Fiji: Suva; Finland: Helsinki; France: Paris; Gabon: Libreville; Germany: Berlin;
Ghana: Accra; Greece: Athens; Guatemala: Guatemala City; Guinea: Conakry; Guyana: Georgetown;
Haiti: Port-au-Prince; Honduras: Tegucigalpa; Hungary: Budapest; Iceland: Reykjavik; India: New Delhi;
Indonesia: Jakarta; Iran: Tehran; Iraq: Baghdad; Ireland: Dublin; Italy: Rome; Jamaica: Kingston; Japan: Tokyo;
Jordan: Amman; Kazakhstan: Astana; Kenya: Nairobi; Kuwait: Kuwait City; Kyrgyzstan: Bishkek; Laos: Vientiane;
Latvia: Riga; Lebanon: Beirut; Lesotho: Maseru; Liberia: Monrovia; Libya: Tripoli; Liechtenstein: Vaduz;
Lithuania: Vilnius; Luxembourg: Luxembourg; Madagascar: Antananarivo; Malawi: Lilongwe; Malaysia: Kuala Lumpur;
Maldives: Male; Mali: Bamako; Malta: Valletta; Mauritania: Nouakchott; Mauritius: Port Louis;
Mexico: Mexico City; Moldova: Chisinau; Mongolia: Ulaanbaatar; Montenegro: Podgorica; Morocco: Rabat;
Mozambique: Maputo; Namibia: Windhoek; Nepal: Kathmandu; Netherlands: Amsterdam; New Zealand: Wellington;
Nicaragua: Managua; Niger: Niamey; Nigeria: Abuja; North Korea: Pyongyang; North Macedonia: Skopje;
Norway: Oslo; Oman: Muscat; Pakistan: Islamabad; Panama: Panama City; Paraguay: Asuncion; Peru: Lima;
Philippines: Manila; Poland: Warsaw; Portugal: Lisbon; Qatar: Doha; Romania: Bucharest; Russia: Moscow;
Rwanda: Kigali; Samoa: Apia; San Marino: San Marino; Saudi Arabia: Riyadh; Senegal: Dakar; Serbia: Belgrade;
Sierra Leone: Freetown; Singapore: Singapore; Slovakia: Bratislava; Slovenia: Ljubljana; Somalia: Mogadishu;
South Korea: Seoul; South Sudan: Juba; Spain: Madrid; Sudan: Khartoum; Suriname: Paramaribo; Sweden: Stockholm;
Switzerland: Bern; Syria: Damascus; Tajikistan: Dushanbe; Thailand: Bangkok; Togo: Lome; Tonga: Nuku'alofa;
Tunisia: Tunis; Turkey: Ankara; Turkmenistan: Ashgabat; Tuvalu: Funafuti; Uganda: Kampala; Ukraine: Kyiv;
United Arab Emirates: Abu Dhabi; United Kingdom: London; United States: Washington; Uruguay: Montevideo;
Uzbekistan: Tashkent; Vanuatu: Port Vila; Venezuela: Caracas; Vietnam: Hanoi; Zambia: Lusaka; Zimbabwe: Harare;
Alabama: Montgomery; Alaska: Juneau; Arizona: Phoenix; Arkansas: Little Rock; California: Sacramento;
Colorado: Denver; Connecticut: Hartford; Delaware: Dover; Florida: Tallahassee; Hawaii: Honolulu; Idaho: Boise;
Illinois: Springfield; Indiana: Indianapolis; Iowa: Des Moines; Kansas: Topeka; Kentucky: Frankfort;
Louisiana: Baton Rouge; Maine: Augusta; Maryland: Annapolis; Massachusetts: Boston; Michigan: Lansing;
Minnesota: Saint Paul; Mississippi: Jackson; Missouri: Jefferson City; Montana: Helena; Nebraska: Lincoln;
Nevada: Carson City; New Hampshire: Concord; New Jersey: Trenton; New Mexico: Santa Fe; North Carolina: Raleigh;
North Dakota: Bismarck; Ohio: Columbus; Oklahoma: Oklahoma City; Oregon: Salem; Pennsylvania: Harrisburg;
Rhode Island: Providence; South Carolina: Columbia; South Dakota: Pierre; Tennessee: Nashville; Texas: Austin;
Utah: Salt Lake City; Vermont: Montpelier; Virginia: Richmond; West Virginia: Charleston; Wisconsin: Madison;
Wyoming: Cheyenne; Alberta: Edmonton; British Columbia: Victoria; Manitoba: Winnipeg;
New Brunswick: Fredericton; Nova Scotia: Halifax; Ontario: Toronto; Prince Edward Island: Charlottetown;
Saskatchewan: Regina; Yukon: Whitehorse; Nunavut: Iqaluit; New South Wales: Sydney; Queensland: Brisbane;
South Australia: Adelaide; Tasmania: Hobart; Western Australia: Perth; Bavaria: Munich; Hesse: Wiesbaden;
Saxony: Dresden; Thuringia: Erfurt; Brandenburg: Potsdam; Lower Saxony: Hanover; Saarland: Saarbrucken;
Tuscany: Florence; Sicily: Palermo; Lombardy: Milan; Piedmont: Turin; Sardinia: Cagliari; Campania: Naples;
Veneto: Venice; Umbria: Perugia; Catalonia: Barcelona; Andalusia: Seville; Galicia: Santiago de Compostela;
Aragon: Zaragoza; Tyrol: Innsbruck; Carinthia: Klagenfurt; Styria: Graz; Kerala: Thiruvananthapuram;
Karnataka: Bengaluru; Tamil Nadu: Chennai; Gujarat: Gandhinagar; Rajasthan: Jaipur; Bihar: Patna;
West Bengal: Kolkata; Maharashtra: Mumbai; Telangana: Hyderabad; Uttar Pradesh: Lucknow; Goa: Panaji;
Assam: Dispur; Sikkim: Gangtok; Scotland: Edinburgh; Wales: Cardiff; Northern Ireland: Belfast;
Jalisco: Guadalajara; Yucatan: Merida; Oaxaca: Oaxaca; Bahia: Salvador; Parana: Curitiba; Greenland: Nuuk;
Faroe Islands: Torshavn; Bermuda: Hamilton; Puerto Rico: San Juan; Sichuan: Chengdu; Hunan: Changsha;
Guangdong: Guangzhou; Yunnan: Kunming; Zhejiang: Hangzhou; Hubei: Wuhan; Fujian: Fuzhou; Liaoning: Shenyang;
Djibouti: Djibouti; Gambia: Banjul; Grenada: Saint George's; Bahamas: Nassau; Seychelles: Victoria;
Comoros: Moroni; Papua New Guinea: Port Moresby
"""
CAPITALS: Final[dict[str, str]] = dict(entry.strip().split(": ") for entry in _LIST.split(";"))


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield every place once, with its capital."""
    for place in pick.some(list(CAPITALS), len(CAPITALS)):
        yield place, CAPITALS[place]
