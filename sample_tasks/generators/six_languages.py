"""Messages to a library's desk in six languages and scripts. Lives here: what is said of each intent in each language.

The rule: what is wanted decides, whatever the language, the greeting, the book or the day. The same of these stand in
several intents, so that a neighbour that shares no more misleads. Chinese and Japanese have no spaces
between words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from generators.chooser import Chooser

__all__ = ["examples"]

BOOKS: Final = {
    "en": [
        "the atlas", "the cookbook", "the travel guide", "the crime novel", "the dictionary", "the book on bridges",
        "the book of fairy tales", "the star guide",
    ],
    "ru": [
        "атлас", "словарь", "путеводитель", "детектив", "сборник сказок", "учебник физики", "роман о море",
        "справочник садовода",
    ],
    "ar": [
        "الأطلس", "القاموس", "كتاب الطبخ", "دليل السفر", "كتاب الجسور", "ديوان الشعر", "كتاب النجوم", "معجم الطيور",
    ],
    "hi": [
        "एटलस", "शब्दकोश", "जासूसी उपन्यास", "कहानी संग्रह", "कविता संग्रह", "विज्ञान कोश", "इतिहास ग्रंथ",
        "यात्रा वृत्तांत",
    ],
    "zh": [
        "那本地图册", "那本词典", "那本菜谱", "那本侦探小说", "那本旅行指南", "那本童话集", "那本天文书",
        "那本桥梁史",
    ],
    "ja": ["地図帳", "辞書", "料理の本", "旅行ガイド", "推理小説", "童話集", "星の図鑑", "橋の歴史の本"],
}  # fmt: skip
GREETINGS: Final = {
    "en": ["", "Hello! ", "Good morning! ", "Dear library team! ", "Sorry to bother you! "],
    "ru": ["", "Здравствуйте! ", "Доброе утро! ", "Добрый вечер! ", "Извините за беспокойство! "],
    "ar": ["", "مرحبا! ", "صباح الخير! ", "مساء الخير! ", "عفوا على الإزعاج! "],
    "hi": ["", "नमस्ते! ", "सुप्रभात! ", "माफ़ कीजिए! ", "परेशानी के लिए क्षमा कीजिए! "],
    "zh": ["", "您好！", "早上好！", "晚上好！", "不好意思打扰一下！"],
    "ja": ["", "こんにちは。", "おはようございます。", "こんばんは。", "お忙しいところすみません。"],
}  # fmt: skip
DAYS: Final = {
    "en": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "ru": ["понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье"],
    "ar": ["يوم الاثنين", "يوم الثلاثاء", "يوم الأربعاء", "يوم الخميس", "يوم الجمعة", "يوم السبت", "يوم الأحد"],
    "hi": ["सोमवार", "मंगलवार", "बुधवार", "गुरुवार", "शुक्रवार", "शनिवार", "रविवार"],
    "zh": ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"],
    "ja": ["月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"],
}  # fmt: skip
SAID: Final[dict[str, dict[str, list[str]]]] = {
    "renew": {
        "en": [
            "Can I keep {book} for another week?", "Please extend my loan of {book}.",
            "How do I renew {book} online?", "I need {book} for a few more days.",
            "Could you move the due date of {book} to {day}?",
            "I have not finished {book} yet, may I have it longer?",
        ],
        "ru": [
            "Можно мне оставить {book} ещё на неделю?", "Продлите, пожалуйста, {book}.",
            "Мне нужен {book} ещё на несколько дней.", "Как продлить {book} через сайт?",
            "Можно сдать {book} не сегодня, а {on} {day}?", "Я не успеваю прочитать {book}, можно продлить срок?",
        ],
        "ar": [
            "هل يمكنني الاحتفاظ ب{book} أسبوعا آخر؟", "أرجو تمديد إعارة {book}.", "أحتاج {book} بضعة أيام أخرى.",
            "كيف أجدد إعارة {book} عبر الموقع؟", "هل يمكن تأجيل موعد إرجاع {book} إلى {day}؟",
            "لم أنته من قراءة {book} بعد، هل يمكن تمديد المدة؟",
        ],
        "hi": [
            "क्या मैं {book} एक हफ़्ते और रख सकता हूँ?", "कृपया {book} की अवधि बढ़ा दीजिए।",
            "मुझे {book} कुछ दिन और चाहिए।", "{book} का नवीनीकरण ऑनलाइन कैसे करूँ?",
            "क्या {book} लौटाने की तारीख {day} तक बढ़ सकती है?",
            "मैंने {book} अभी पूरा नहीं पढ़ा, क्या समय बढ़ सकता है?",
        ],
        "zh": [
            "{book}我可以再借一个星期吗？", "请帮我续借{book}。", "{book}我还想多看几天。",
            "怎么在网上续借{book}？", "{book}的还书日期能改到{day}吗？", "我还没看完{book}，能延长期限吗？",
        ],
        "ja": [
            "{book}をもう一週間借りてもいいですか。", "{book}の貸出を延長してください。",
            "{book}をもう少し長く使いたいです。", "{book}の延長はネットでできますか。",
            "{book}の返却日を{day}に変えられますか。", "{book}をまだ読み終わっていないので、期限を延ばせますか。",
        ],
    },
    "hours": {
        "en": [
            "When do you open on {day}?", "Are you closed on {day}?", "How late is the library open on {day}?",
            "Is anyone at the desk on {day} evening?", "What are your opening times on {day}?",
            "Can I come in before nine on {day}?",
        ],
        "ru": [
            "Во сколько вы открываетесь {on} {day}?", "Библиотека закрыта {on} {day}?",
            "До которого часа вы работаете {on} {day}?", "Есть ли кто-нибудь за стойкой {on} {day} вечером?",
            "Какие у вас часы работы {on} {day}?", "Можно прийти {on} {day} до девяти утра?",
        ],
        "ar": [
            "متى تفتحون {day}؟", "هل المكتبة مغلقة {day}؟", "إلى أي ساعة تعملون {day}؟", "هل يوجد موظف مساء {day}؟",
            "ما هي ساعات العمل {day}؟", "هل يمكنني الحضور قبل التاسعة صباح {day}؟",
        ],
        "hi": [
            "{day} को पुस्तकालय कितने बजे खुलता है?", "क्या {day} को पुस्तकालय बंद रहता है?",
            "{day} को आप कब तक खुले रहते हैं?", "क्या {day} की शाम को काउंटर पर कोई रहता है?",
            "{day} को खुलने का समय क्या है?", "क्या मैं {day} को नौ बजे से पहले आ सकता हूँ?",
        ],
        "zh": [
            "你们{day}几点开门？", "图书馆{day}休息吗？", "{day}开到几点？", "{day}晚上服务台有人吗？",
            "{day}的开放时间是什么？", "{day}九点以前能进馆吗？",
        ],
        "ja": [
            "{day}は何時に開きますか。", "{day}は休館ですか。", "{day}は何時まで開いていますか。",
            "{day}の夜は窓口に人がいますか。", "{day}の開館時間を教えてください。", "{day}は九時前に入れますか。",
        ],
    },
    "reserve": {
        "en": [
            "Please put {book} aside for me.", "{book} is out, can I join the waiting list?",
            "I would like to reserve {book}.", "Tell me when {book} is back.",
            "Can you hold {book} for me until {day}?", "How many people are waiting for {book}?",
        ],
        "ru": [
            "Отложите, пожалуйста, {book} для меня.", "Если {book} на руках, можно встать в очередь?",
            "Я хочу зарезервировать {book}.", "Сообщите мне, когда вернут {book}.",
            "Можете придержать {book}, если я зайду {on} {day}?", "Сколько человек ждут {book}?",
        ],
        "ar": [
            "أرجو وضع {book} جانبا لي.", "{book} معار، هل يمكنني الانضمام إلى قائمة الانتظار؟", "أود حجز {book}.",
            "أخبروني عندما يعود {book}.", "هل يمكنكم الاحتفاظ ب{book} لي حتى {day}؟", "كم شخصا ينتظر {book}؟",
        ],
        "hi": [
            "कृपया {book} मेरे लिए अलग रख दीजिए।",
            "{book} किसी और के पास है, क्या मैं प्रतीक्षा सूची में आ सकता हूँ?",
            "मैं {book} आरक्षित करना चाहता हूँ।", "{book} वापस आते ही मुझे बता दीजिए।",
            "क्या आप {book} {day} तक मेरे लिए रोक सकते हैं?", "{book} के लिए कितने लोग इंतज़ार कर रहे हैं?",
        ],
        "zh": [
            "请帮我留一下{book}。", "{book}借出去了，我可以排队等吗？", "我想预约{book}。",
            "{book}还回来的时候请通知我。", "能把{book}给我留到{day}吗？", "有多少人在等{book}？",
        ],
        "ja": [
            "{book}を取り置きしてください。", "{book}は貸出中ですが、順番待ちはできますか。",
            "{book}を予約したいです。", "{book}が戻ったら知らせてください。",
            "{book}を{day}まで取っておいてもらえますか。", "{book}は何人待ちですか。",
        ],
    },
    "fee": {
        "en": [
            "What do I owe for bringing {book} back late?", "Why was I charged for {book}?",
            "Can I pay the fine for {book} by card?", "I returned {book} on {day}, so why is there a fine?",
            "How much a day is the late fee for {book}?", "Please cancel the charge for {book}.",
        ],
        "ru": [
            "Сколько я должен за просрочку, если верну {book} {on} {day}?", "Почему с меня взяли деньги за {book}?",
            "Можно оплатить картой штраф за {book}?", "Я вернул {book} {on} {day}, откуда штраф?",
            "Какой штраф за день, если задержать {book}?", "Снимите, пожалуйста, штраф за {book}.",
        ],
        "ar": [
            "كم علي أن أدفع بسبب التأخر في إرجاع {book}؟", "لماذا خصمتم مني مبلغا بسبب {book}؟",
            "هل يمكنني دفع غرامة {book} بالبطاقة؟", "أعدت {book} {day}، فلماذا الغرامة؟",
            "كم غرامة التأخير اليومية على {book}؟", "أرجو إلغاء الغرامة على {book}.",
        ],
        "hi": [
            "{book} देर से लौटाने पर मुझे कितना देना होगा?", "{book} के लिए मुझसे पैसे क्यों लिए गए?",
            "क्या मैं {book} का जुर्माना कार्ड से दे सकता हूँ?",
            "मैंने {book} {day} को लौटा दिया था, फिर जुर्माना क्यों?", "{book} पर रोज़ का विलंब शुल्क कितना है?",
            "कृपया {book} का जुर्माना माफ़ कर दीजिए।",
        ],
        "zh": [
            "{book}还晚了，要交多少钱？", "为什么因为{book}扣了我的钱？", "{book}的罚款可以刷卡付吗？",
            "{book}我{day}就还了，怎么还有罚款？", "{book}逾期一天罚多少？", "请取消{book}的罚款。",
        ],
        "ja": [
            "{book}を返すのが遅れました。いくら払えばいいですか。", "なぜ{book}のことで料金を取られたのですか。",
            "{book}の延滞料はカードで払えますか。", "{book}は{day}に返したのに、なぜ延滞料がかかるのですか。",
            "{book}の延滞料は一日いくらですか。", "{book}の延滞料を取り消してください。",
        ],
    },
    "room": {
        "en": [
            "Is a study room free on {day}?", "I want to book the group room for {day}.",
            "We need a quiet room for four people on {day}.", "Please cancel our room on {day}.",
            "Can we move our room booking to {day}?", "How long may we use the study room on {day}?",
        ],
        "ru": [
            "Есть ли свободная учебная комната {on} {day}?", "Хочу забронировать комнату для группы на {day}.",
            "Нам нужна тихая комната на четверых {on} {day}.", "Отмените, пожалуйста, нашу комнату на {day}.",
            "Можно перенести бронь комнаты на {day}?", "Сколько времени можно занимать комнату {on} {day}?",
        ],
        "ar": [
            "هل توجد غرفة دراسة متاحة {day}؟", "أريد حجز غرفة للمجموعة {day}.",
            "نحتاج غرفة هادئة لأربعة أشخاص {day}.", "أرجو إلغاء حجز غرفتنا {day}.",
            "هل يمكن نقل حجز الغرفة إلى {day}؟", "كم ساعة يمكننا استخدام غرفة الدراسة {day}؟",
        ],
        "hi": [
            "क्या {day} को पढ़ाई का कोई कमरा खाली है?", "मैं {day} के लिए समूह कक्ष बुक करना चाहता हूँ।",
            "हमें {day} को चार लोगों के लिए शांत कमरा चाहिए।", "कृपया {day} की हमारी कमरे की बुकिंग रद्द कर दीजिए।",
            "क्या कमरे की बुकिंग {day} पर बदली जा सकती है?", "{day} को हम कमरा कितनी देर तक इस्तेमाल कर सकते हैं?",
        ],
        "zh": [
            "{day}有空的自习室吗？", "我想预订{day}的小组讨论室。", "我们{day}需要一间四个人用的安静房间。",
            "请取消我们{day}的房间。", "房间预订能改到{day}吗？", "{day}讨论室最多可以用多久？",
        ],
        "ja": [
            "{day}に空いている学習室はありますか。", "{day}にグループ室を予約したいです。",
            "{day}に四人で使える静かな部屋が必要です。", "{day}の部屋の予約を取り消してください。",
            "部屋の予約を{day}に変えられますか。", "{day}は学習室を何時間使えますか。",
        ],
    },
    "lost": {
        "en": [
            "I cannot find {book} that I borrowed.", "My dog chewed {book}.", "I left {book} on the bus on {day}.",
            "{book} got wet in the rain.", "I spilled coffee on {book}.", "I lost {book}, what now?",
        ],
        "ru": [
            "Я не могу найти {book}, который взял у вас.", "Моя собака погрызла {book}.",
            "Я забыл {book} в автобусе {on} {day}.", "{book} промок под дождём.", "Я пролил кофе на {book}.",
            "Я потерял {book}, что теперь делать?",
        ],
        "ar": [
            "لا أجد {book} الذي استعرته.", "مزق كلبي {book}.", "نسيت {book} في الحافلة {day}.",
            "ابتل {book} تحت المطر.", "انسكبت القهوة على {book}.", "أضعت {book}، ماذا أفعل الآن؟",
        ],
        "hi": [
            "मुझे {book} नहीं मिल रहा जो मैंने लिया था।", "मेरे कुत्ते ने {book} चबा डाला।",
            "मैं {day} को {book} बस में भूल गया।", "{book} बारिश में भीग गया।", "{book} पर कॉफ़ी गिर गई।",
            "मुझसे {book} खो गया, अब क्या करूँ?",
        ],
        "zh": [
            "我借的{book}找不到了。", "{book}被我的狗咬坏了。", "{day}我把{book}忘在公交车上了。",
            "{book}被雨淋湿了。", "我把咖啡洒在{book}上了。", "我把{book}弄丢了，怎么办？",
        ],
        "ja": [
            "借りた{book}が見つかりません。", "犬が{book}をかんでしまいました。",
            "{day}に{book}をバスに忘れました。", "{book}が雨でぬれてしまいました。",
            "{book}にコーヒーをこぼしました。", "{book}をなくしました。どうすればいいですか。",
        ],
    },
}  # fmt: skip


def _messages(said: list[str], language: str, pick: Chooser) -> Iterator[str]:
    """Yield messages of one intent in one language, every sentence equally often.

    A sentence comes once with a book, or where it names none, once with a greeting: another day alone would make a
    near-duplicate.
    """
    seen = set()
    for sentence in pick.rounds(said):
        while True:
            greeting, book, day = (pick.one(options[language]) for options in (GREETINGS, BOOKS, DAYS))
            key = (sentence, book if "{book}" in sentence else greeting)
            if key not in seen:
                break
        seen.add(key)
        text = sentence.format(book=book, day=day, on="во" if day == "вторник" else "в")
        yield greeting + text[0].upper() + text[1:]


def examples(pick: Chooser) -> Iterator[tuple[str, str]]:
    """Yield messages with their intents, every intent in every language equally often."""
    cells = {
        (intent, language): _messages(said, language, pick)
        for intent, by_language in SAID.items()
        for language, said in by_language.items()
    }
    for cell in pick.rounds(list(cells)):
        yield next(cells[cell]), cell[0]
