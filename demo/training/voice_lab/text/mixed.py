"""Mandarin lines with English words inside, as people write about their work and their telephones."""

import random

ENGLISH = ("email|app|wifi|ok|hello|Python|server|Google|Apple|Windows|Linux|token|model|demo|bug|blog|video|photo|list|code|online|party|office|"
           "coffee|taxi|bus|email address|team|project|meeting|boss|test|game|music|rock and roll|cool|happy birthday|sorry|thank you|good morning|"
           "update|download|download link|password|website|machine learning|cloud|data|report|manager|shopping|show|style|fashion|London|New York|"
           "Peter|Anna|David|Michael|Emma|Lucy|Tom|Jack|Alice|Mary").split("|")
FRAMES = """请把{en}发给我
我的{en}有问题
你的{en}是什么
我们用{en}开会
这个{en}很好用
这个{en}怎么用
我不会用{en}
打开{en}看一下
他在{en}工作
我跟{en}约好了今天见面
{en}说他明天不来
你认识{en}吗
{en}，好久不见
我觉得{en}比{en}好
今天的{en}取消了
下午三点有一个{en}
我想买一个新的{en}
英文里叫做{en}
{en}这个词是什么意思
他只会说{en}
请说{en}
欢迎使用{en}
新的{en}下个月上线
我昨天写了一个{en}
{en}已经准备好了"""


def line(rng: random.Random) -> str:
    text = rng.choice(FRAMES.splitlines())
    while "{en}" in text:
        text = text.replace("{en}", rng.choice(ENGLISH), 1)
    return text
