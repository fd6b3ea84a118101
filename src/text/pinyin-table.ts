/**
 * Syllables of Mandarin, each with a common character of tones one to five; `-` where no character has that reading.
 *
 * Chosen by count: the most frequent character (jieba's list) whose only reading this is (pypinyin's), else whose first it is.
 */
export const SYLLABLES =
  'a阿嗄阿阿啊 ai哀癌矮爱- an安-俺案- ang肮昂-盎- ao凹熬拗奥- ba巴拔把爸吧 bai擘白摆败- ban班-板办- bang邦-绑棒- bao包薄保报- ' +
  'bei杯-北备呗 ben锛-苯笨- beng崩甭繃泵- bi逼鼻笔必- bian编-匾变边 biao标-表鳔- bie憋别瘪别- bin宾--殡- bing兵-秉病- bo拨博簸檗卜 ' +
  'bu庯不补布- ca擦---- cai猜财彩菜- can参残惨掺- cang仓藏--- cao操曹草造- ce---策- cen参涔--- ceng噌层-蹭- cha插茶衩差- ' +
  'chai拆柴-虿- chan搀缠产颤- chang昌常场唱- chao超潮炒超- che车-扯撤- chen嗔陈鍖趁- cheng撑成逞秤- chi痴持齿赤- chong充崇宠铳- ' +
  'chou抽筹丑臭- chu出厨楚触- chua撮---- chuai揣-揣踹- chuan川船喘串- chuang窗床闯创- chui吹垂-吹- chun春纯蠢-- ' +
  'chuo踔--绰- ci齹词此赐- cong匆丛--- cou--趣凑- cu粗且-促- cuan鑹欑-窜- cui催-璀翠- cun村存忖寸- cuo撮嵯搓错- da搭达打大垯 ' +
  'dai呆-逮代- dan丹-胆蛋- dang当-党荡- dao刀叨导到- de-德--的 dei--得-- deng登-等瞪- di低迪底第- dia--嗲-- dian颠-点电- ' +
  'diao雕-屌吊- die爹叠哆眰- ding丁-顶定- diu丢---- dong东-懂动- dou都-抖豆- du督独赌渡- duan端-短段- dui堆--对- ' +
  'dun墩-盹顿- duo多夺躲舵- e妸额阿鄂呃 en恩--摁- er-而尔二儿 fa发罚法珐- fan翻凡返范- fang芳防访放- fei飞肥匪费- fen纷坟粉愤- ' +
  'feng风冯讽奉- fo-佛--- fou不紑否-- fu肤符府复- ga伽噶尕尬- gai该-改丐- gan肝-敢干- gang刚-港钢- gao糕-稿告- ge哥阁个个- ' +
  'gei--给-- gen根-艮亘- geng耕-哽更- gong工-巩贡- gou沟-狗构- gu姑骨股故咕 gua瓜-寡挂- guai乖-拐怪- guan关-管贯- ' +
  'guang光-广逛- gui规-鬼贵- gun--滚棍- guo锅国裹过- ha哈蛤哈哈- hai嗨孩海害- han酣韩喊汉- hang夯航狼行- hao蒿毫好灏- he喝河-贺- ' +
  'hei黑---- hen噷痕很恨- heng哼衡-横- hong轰洪哄闂- hou呴猴吼后- hu乎湖虎护- hua花华-话- huai-淮-坏划 huan欢环缓换- ' +
  'huang荒黄晃愰慌 hui挥回悔汇- hun婚魂-混- huo豁佸鈥获和 ji基级挤计- jia加戛甲架家 jian坚-检建- jiang江-讲匠- jiao交嚼角叫- ' +
  'jie阶截解界家 jin今-紧进- jing京-警境- jiong埛-炯-- jiu纠-酒就蹴 ju居局举具- juan涓-卷隽- jue撅决蹶倔- jun军--郡- ka喀-卡-- ' +
  'kai开-凯忾- kan刊-砍看- kang康扛奋抗- kao尻-考靠- ke颗壳可克喀 kei刻---- ken--肯裉- keng坑-忐-- kong空-孔控- kou抠-口扣- ' +
  'ku哭-苦库- kua夸-垮跨- kuai--蒯快- kuan宽-款-- kuang框狂-况- kui亏魁缺愧- kun坤-捆困- kuo---扩- la拉剌喇辣啦 lai-来-赖- ' +
  'lan-兰览烂- lang啷廊朗浪- lao捞劳老烙- le肋--乐了 lei勒雷儡类嘞 len---啉- leng棱棱冷愣- li哩黎理力里 lia--俩-- lian-联脸练- ' +
  'liang-粮两辆- liao撩疗瞭料- lie咧咧咧烈咧 lin拎林亃疄- ling拎陵领另- liu溜流柳六- lo----咯 long隆龙垄弄- lou搂楼搂漏喽 ' +
  'lu噜卢鲁录氇 luan-鸾卵乱- lun抡轮-论- luo啰逻裸洛啰 lv-驴旅律- lve--掠略- ma妈麻马骂吗 mai-埋买卖- man-蛮满曼- mang-忙莽-- ' +
  'mao猫矛卯贸- me----么 mei-梅美妹- men闷门-闷们 meng蒙蒙猛梦- mi眯弥米密- mian-棉沔面- miao喵苗秒庙- mie乜--灭咩 min-民敏-- ' +
  'ming-鸣姳命- miu---谬- mo摸魔抹默- mou-谋某-- mu-模亩目- na那拿哪纳哪 nai-能奶奈- nan-男赧难- nang囔囊馕-囔 nao孬呶脑闹- ' +
  'ne-那-讷呢 nei--馁内- nen---嫩- neng-能--- ni妮尼你逆- nian拈年捻念- niang-娘-酿- niao--鸟尿- nie捏--钀- ' +
  'nin-您拰-- ning-凝拧泞- niu妞牛纽拗- nong-农-弄- nou---鐞- nu-奴努怒- nuan-濡暖-- nuo-挪-诺- nv--女衄- nve---疟- ' +
  'o噢哦-哦喔 ou欧-偶怄- pa啪爬-怕- pai拍牌排派- pan攀盘闆判- pang滂庞嗙胖- pao抛袍跑炮- pei胚陪-配- pen喷盆-喷- peng砰朋捧碰- ' +
  'pi披皮匹屁- pian偏谝谝骗- piao飘嫖瞟票- pie撇-苤嫳- pin拼频品聘- ping娉评-聘- po坡婆颇破- pou剖涪婄-- pu扑葡普铺- qi欺旗起器簯 ' +
  'qia掐-卡恰- qian千钱浅欠- qiang枪墙抢炝- qiao敲桥巧鞘- qie切伽且窃- qin钦秦笉沁- qing轻情请庆- qiong芎穷--- qiu秋求--- ' +
  'qu趋渠取去戌 quan圈全犬劝- que缺瘸-却- qun逡群蹲-- ran-然染-- rang嚷儴壤让- rao-饶扰绕- re-若惹热- ren-人忍认- reng扔仍-扔- ' +
  'ri---日- rong茸荣冗-- rou-柔蹂肉- ru-如乳入- ruan--软-- rui-桵蕊瑞- run---润- ruo---弱- sa撒-洒萨- sai塞--赛- ' +
  'san三-伞散- sang桑-嗓丧- sao骚-嫂埽- se---色- sen森-洒-- seng僧---- sha杀啥傻厦- shai筛-色晒- shan山-闪善- ' +
  'shang商-赏上裳 shao烧苕少绍- she畬蛇舍设- shei-谁--- shen深什审肾- sheng生绳省剩- shi师时使世匙 shou收熟手授- shu书熟署树- ' +
  'shua刷-耍刷- shuai摔-甩帅- shuan拴--涮- shuang双-爽淙- shui-谁水睡- shun--吮顺- shuo说杓-硕- si私-死四厕 song松-耸送- ' +
  'sou艘-擞嗽- su苏俗-速- suan酸--算- sui虽随髓岁- sun孙-损-- suo缩-所些嗦 ta他-塔踏遢 tai胎台-态粏 tan滩谈坦碳- tang汤堂倘趟- ' +
  'tao涛逃讨套- te---特- tei忒---- teng-腾--- ti梯题体替- tian天田舔添- tiao挑条窕跳挑 tie贴-铁呫- ting厅停艇汀- ' +
  'tong通铜统痛- tou偷头-透头 tu突图土兔- tuan湍鏄疃湪- tui推颓腿退- tun吞屯氽褪- tuo托驼妥拓- wa挖娃瓦袜哇 wai歪-崴外- wan湾玩晚腕- ' +
  'wang汪王网望- wei微维伟未- wen温文稳问- weng翁-翁瓮- wo窝-我卧- wu屋无武物- xi西席喜细- xia瞎辖-下- xian先闲显现- xiang乡祥想向- ' +
  'xiao消崤小笑- xie些协写谢- xin心寻-信- xing星形醒性- xiong胸雄-夐- xiu修-朽秀- xu须徐许续蓿 xuan宣悬选眩- xue薛学雪血- ' +
  'xun勋询-训- ya鸭崖雅亚呀 yan烟严眼验- yang央阳养样- yao腰摇咬药- ye掖爷冶业- yi伊宜以义- yin因银引印粌 ying鹰营影硬- yo哟---哟 ' +
  'yong拥遇永用- you悠尤友又- yu淤鱼宇域- yuan冤原远院- yue曰块哕岳- yun晕云允孕- za紮砸咋-- zai灾-宰在- zan簪咱攒赞咱 zang臧--葬- ' +
  'zao遭凿早灶- ze-则-仄- zei-贼--- zen--怎僭- zeng增--赠- zha扎闸眨炸喳 zhai斋宅窄债- zhan粘-展战- zhang张-掌丈- ' +
  'zhao招着找照- zhe遮哲者浙着 zhei---这- zhen真-诊镇- zheng争-整证- zhi织直止制- zhong终-肿仲- zhou州轴肘宙- zhu诸竹煮住- ' +
  'zhua抓-爪-- zhuai拽-转拽- zhuan专-转撰- zhuang装-奘状- zhui锥--惴- zhun谆-准-- zhuo桌卓--- zi资-紫自子 zong宗-总纵潈 ' +
  'zou邹-走奏- zu租族组-- zuan钻-纂攥- zui厜-嘴罪- zun尊蹲-栫- zuo作昨左做-'
