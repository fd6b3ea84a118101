"""Mandarin lines over a limited set of common characters, and their numbered pinyin.

Characters: the commonest of jieba's word counts (MIT), plus all that the everyday frames below and the API
document's sample texts use. Pronunciations: pypinyin (MIT), which resolves characters with several readings.
"""

import random
import re
from collections import Counter
from functools import cache
from pathlib import Path

from . import mandarin_sources

COMMON_CHARACTERS, WIDE = 760, 1250
"""How many of the commonest characters every shard uses, and how many the extra Mandarin shards use."""
SPOKEN = "吧呢吗啊呀哦嗯哈喂您咱俩谁哪啥嘛啦婚材束穿篇遍借糖盐甜酸辣咸饿渴饱胖瘦矮裙裤袜帽伞杯碗筷勺刀盘瓶锅冰箱灯床椅桌沙发窗帘镜肥皂牙刷毛巾厕所厨房客厅阳台雨雪云雷雾猪羊鸡鸭兔虎猴蛇蓝绿黄紫灰橙脚腿手臂肚脸眼睛耳朵鼻嘴头痛咳嗽烧药丢偷骗笑哭喊叫跳跑爬躺站坐蹲扔捡推拉抱背咬舔闻摸"
"""Characters of everyday talk that newspaper counts put too low."""
DOCUMENT_SAMPLES = ("你好，这是一个测试。你好世界 测试文本 这是一个测试 再见 长文本内容 最后一段文本 要合成的文本 "
                    "这是一个友好的声音 友好自然的声音 描述 要合成的文本内容 提示文本 参考音频")

WHO = "我|你|他|她|我们|你们|他们|老师|学生|医生|妈妈|爸爸|哥哥|姐姐|弟弟|妹妹|朋友|同学|孩子|先生|小姐|经理|司机|工人|农民|爷爷|奶奶|大家|谁|小明|小红|老王|老李|张先生|王老师|李医生"
WHEN = "今天|明天|昨天|现在|早上|上午|中午|下午|晚上|昨天晚上|明天早上|今年|明年|去年|下个月|上个月|星期一|星期二|星期三|星期四|星期五|星期六|星期天|每天|有时候|以后|以前|刚才|春天|夏天|秋天|冬天|周末|最近"
WHERE = "家里|学校|公司|北京|上海|医院|商店|饭店|图书馆|公园|车站|机场|火车站|教室|办公室|银行|超市|城市|农村|山上|河边|海边|路上|门口|楼上|楼下|外面|里面|中国|美国|电影院|房间里|前面|后面|左边|右边"
DO = ("看书|看电视|听音乐|写字|做饭|吃饭|喝水|喝茶|睡觉|起床|上班|下班|上课|下课|工作|学习|学习中文|说中文|打电话|打球|跑步|买东西|买菜|坐车|开车|走路|唱歌|跳舞|画画|洗衣服|休息|开会|"
      "等人|问问题|回答问题|找朋友|回家|去学校|去公司|旅行|游泳|看电影|玩游戏|写信|发邮件|上网|拍照片|讲故事|帮助别人|喝咖啡|吃早饭|吃午饭|吃晚饭|做作业|参加比赛|准备考试|打开门|关上窗户")
THING = ("书|电视|电脑|手机|衣服|鞋|水|茶|咖啡|牛奶|米饭|面条|鱼|肉|鸡蛋|水果|苹果|菜|汽车|火车|飞机|自行车|房子|桌子|椅子|门|窗户|钱|票|照片|报纸|信|地图|问题|答案|办法|故事|音乐|电影|节目|"
         "声音|文本|文件|计划|消息|礼物|花|树|狗|猫|鸟|马|牛|天气|时间|名字|生日|工作|事情|机会|经验|结果|原因|意思|句子|汉字|语言|历史|文化|科学|技术|经济|社会|世界|国家|人民|生活")
LIKE = "新的|旧的|大的|小的|红色的|白色的|黑色的|蓝色的|绿色的|便宜的|漂亮的|好看的|有意思的|重要的|特别的|简单的|不同的|最好的|我的|你的|他的|朋友的|老师的"
IS = "很好|很大|很小|很多|很少|很高|很长|很短|很快|很慢|很远|很近|很新|很冷|很热|很忙|很累|很高兴|很漂亮|很便宜|很重要|很有意思|很简单|很清楚|很安静|很干净|不错|不好|不对|太贵了|太晚了|非常好|非常重要|特别好|真好|没问题|没有关系|不太好|有点难|有点冷"
MEASURED = "一个人|两个人|三本书|四张票|五块钱|六个月|七天|八年|九点|十分钟|一百块钱|两千米|三万人|一点儿|一些东西|几个问题|很多朋友|半个小时|十二点半|二十分钟|三十岁|四十五个学生|一次机会|第一名|第二天|第三次"
CALLS = "你好|您好|早上好|晚上好|晚安|再见|明天见|谢谢|谢谢你|不客气|对不起|没关系|请进|请坐|请问|等一下|好的|是的|不是|当然|可以|不可以|好久不见|欢迎|欢迎你|祝你生日快乐|新年快乐|一路平安|加油|小心|快一点|慢一点"
DIGITS = "零一二三四五六七八九"

FRAMES = """{who}{when}在{where}{do}
{when}{who}去{where}{do}
{who}想{do}
{who}喜欢{do}，也喜欢{do}
{who}不喜欢{do}
{who}会{do}吗
{who}正在{do}
{who}已经{do}了
{who}和{who}一起去{where}
{when}的{thing}{is}
{who}的{thing}{is}
这是{like}{thing}
那是{like}{thing}吗
这个{thing}{is}
那个{thing}{is}，但是这个{is}
{who}有{measured}
{who}有没有{thing}
{who}在{where}买了{thing}和{thing}
{who}给{who}一本{like}书
请把{thing}给{who}
请你{when}来{where}
{who}觉得这个{thing}怎么样
{who}知道{thing}在哪里吗
{thing}在{where}
{where}有{measured}
{where}离{where}{is}
从{where}到{where}要{measured}
因为{thing}{is}，所以{who}要{do}
如果{when}天气好，我们就去{where}
虽然{thing}{is}，但是{who}还是喜欢
{who}说{thing}{is}
{who}告诉{who}，{when}要{do}
{calls}
{calls}，{who}是{who}
{calls}，我叫{who}
{calls}，请问{where}怎么走
现在是{clock}
{when}{clock}开会
今天是{date}
一共{money}
电话号码是{digits}
{number}加{number}等于{number}
{who}{when}为什么不{do}
{who}什么时候{do}
{who}应该多{do}，少{do}
{who}一边{do}，一边{do}
不要在{where}{do}
可以在{where}{do}吗
这是一个{like}测试
这是{like}声音
下面是{like}内容
最后一段{thing}{is}
我来介绍一下{like}{thing}
{who}对{thing}很有兴趣
{thing}比{thing}{is}
先{do}，再{do}，然后{do}"""


def _number(n: int) -> str:
    """0..9999 in characters."""
    if n == 0:
        return DIGITS[0]
    text, gap = "", False
    for size, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, size)
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + unit
            gap = False
        else:
            gap = True
    return text[1:] if text.startswith("一十") else text


class EverydayLines:
    """Draws lines from the frames above."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.lists = {"who": WHO, "when": WHEN, "where": WHERE, "do": DO, "thing": THING, "like": LIKE, "is": IS,
                      "measured": MEASURED, "calls": CALLS}
        self.lists = {name: block.split("|") for name, block in self.lists.items()}
        self.frames = FRAMES.splitlines()

    def _fill(self, slot: str) -> str:
        rng = self.rng
        if slot in self.lists:
            return rng.choice(self.lists[slot])
        if slot == "number":
            return _number(rng.randrange(rng.choice((10, 100, 1000, 10_000))))
        if slot == "clock":
            return _number(rng.randrange(1, 25)) + "点" + rng.choice(("", "半", _number(rng.randrange(10, 60)) + "分"))
        if slot == "date":
            return rng.choice(("", "二零二" + rng.choice(DIGITS) + "年")) + \
                f"{_number(rng.randrange(1, 13))}月{_number(rng.randrange(1, 32))}{rng.choice('日号')}"
        if slot == "money":
            return _number(rng.randrange(1, rng.choice((10, 100, 1000)))) + rng.choice(("块", "元", "块钱"))
        if slot == "digits":
            return "".join(rng.choice(DIGITS) for _ in range(rng.randrange(3, 9)))
        raise KeyError(slot)

    def line(self) -> str:
        return re.sub(r"\{(\w+)\}", lambda m: self._fill(m[1]), self.rng.choice(self.frames))


def _word_counts() -> dict[str, int]:
    import jieba

    lines = (Path(jieba.__file__).parent / "dict.txt").read_text("utf-8").splitlines()
    return {word: int(count) for word, count, *_ in (line.split() for line in lines)}


def character_set(common: int = COMMON_CHARACTERS) -> set[str]:
    """The `common` commonest characters, the frames' and the document's; the wide set adds everyday talk."""
    counts = Counter()
    for word, count in _word_counts().items():
        for char in word:
            if "\u4e00" <= char <= "\u9fff":
                counts[char] += count
    chars = {char for char, _ in counts.most_common(common)}
    own = "".join((WHO, WHEN, WHERE, DO, THING, LIKE, IS, MEASURED, CALLS, DIGITS, FRAMES, DOCUMENT_SAMPLES, "千百十块元点半分年月日号"))
    own += SPOKEN if common > COMMON_CHARACTERS else ""
    return chars | {char for char in own if "\u4e00" <= char <= "\u9fff"}


@cache
def all_characters() -> frozenset[str]:
    """The wide set and every character of the packaged sentences."""
    return frozenset(character_set(WIDE) | {char for text in mandarin_sources.sentences() for char in text if "\u4e00" <= char <= "\u9fff"})


def known_words(chars: set[str]) -> tuple[list[str], list[float]]:
    """Words made of `chars` only, with the square root of their counts as weights."""
    words = {w: n for w, n in _word_counts().items() if len(w) <= 4 and set(w) <= chars}
    for char in chars:
        words.setdefault(char, 1)
    return list(words), [max(n, 4) ** 0.5 for n in words.values()]


def pinyin(text: str) -> list[str]:
    """Numbered pinyin per character ("de5"); punctuation stays as it is."""
    from pypinyin import Style, lazy_pinyin

    return lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, v_to_u=False,
                       errors=lambda other: list(other))
