"""What people say to the robot, as lists that are parted into train, val and test.

A template holds plain words, `{o}` for an object (colour and noun), and `*word` for a word without which the command
cannot be known. Val and test use what train uses and their own lists besides; the words of `SYNONYMS` are in none of
the three and make a fourth split, on which a model without outside knowledge of words can only refuse.
"""

from __future__ import annotations

INTENTS = ("unknown", "pick", "place", "point", "look", "home", "stop", "release")
COLOURS = ("none", "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink", "white", "grey", "black")
KINDS = ("none", "block")

COLOUR_WORDS = {c: [c] for c in COLOURS[1:]}
COLOUR_WORDS["grey"] += ["gray"]
COLOUR_WORDS["purple"] += ["violet"]
COLOUR_WORDS["pink"] += ["magenta"]
COLOUR_WORDS["cyan"] += ["turquoise", "teal"]
COLOUR_WORDS["red"] += ["crimson"]
COLOUR_WORDS["blue"] += ["navy"]
COLOUR_WORDS["green"] += ["lime"]

NOUNS = ["block"] * 6 + ["cube"] * 3 + ["brick", "box", "object", "thing", "one", "one", "piece", "toy", "item"]

# verb -> lists of templates; verbs with {o} need a target
COMMANDS = {
    "pick": {
        "train": ["*take {o} with you", "*grip {o}", "*pick out {o}", "*lift {o} into the air", "*pick me {o}", "*lift {o} for me", "*get {o} in your hand", "*grab {o} and hold it", "*take {o} and lift it", "*pick up {o}", "*pick {o} up", "*pick up {o}", "*pick {o}", "*grab {o}", "*grasp {o}", "*take {o}",
                  "*lift {o}", "*lift up {o}", "*lift {o} up", "*fetch {o}", "*get {o}", "*get me {o}", "*bring me {o}",
                  "*bring {o}", "*hand me {o}", "*give me {o}", "*collect {o}", "go and *get {o}", "*grab me {o}",
                  "*take {o} in your hand", "*pick {o} off the table", "*raise {o}", "go *fetch {o}", "*pass me {o}",
                  "*take hold of {o}", "*pick {o} for me"],
        "val": ["*bring {o} to me", "*take {o} off the table", "*grab hold of {o}"],
        "test": ["*get hold of {o}", "*lift {o} off the table", "*pick up {o} for me", "*take {o} from the table",
                 "go and *pick up {o}", "*grab {o} with your hand", "*take up {o}", "*get {o} for me",
                 "*fetch me {o}", "*collect {o} from the table", "*hand {o} to me", "come and *take {o}"],
    },
    "place": {
        "train": ["*put {o} *back", "*lay that *down", "*put it *down here", "*set it *back", "*put the thing *down", "*lay it on the *table", "*set the thing *down", "*place it here", "*put what you are holding *down", "*put *down {o}", "*put {o} *down", "*put it *down", "*put *down", "*set it *down", "*set {o} *down",
                  "*set *down {o}", "*place it", "*place {o}", "*place {o} on the table", "*lay it *down",
                  "*put it on the *table", "*put {o} on the *table", "*lower it", "*place it there", "*put it *back",
                  "*put it *down on the table", "*put {o} back on the *table", "*put that *down", "*lay {o} *down"],
        "val": ["*set it on the *table", "*put what you hold *down", "*lower {o}"],
        "test": ["*put it back *down", "*set {o} on the *table", "*place that on the table", "*put what you have *down",
                 "*lay {o} on the *table", "*set it *down there", "*put {o} *down there", "*lower {o} on the table",
                 "*place it *back on the table", "*set that *down on the table"],
    },
    "point": {
        "train": ["*point the finger to {o}", "*go over {o}", "*point with the arm at {o}", "*stay above {o}", "*move to a place above {o}", "*point me at {o}", "*give me a *point at {o}", "*point at {o}", "*point to {o}", "*point towards {o}", "*point out {o}", "*indicate {o}", "*show me {o}",
                  "*point at {o}", "*point your finger at {o}", "*hover over {o}", "*hover above {o}", "*move over {o}",
                  "*move above {o}", "*point the arm at {o}", "*go above {o}"],
        "val": ["*point the gripper at {o}", "*show {o} to me", "*point me to {o}"],
        "test": ["*point your arm at {o}", "*point your hand towards {o}", "*show me where {o} is", "*move the arm above {o}",
                 "*hover right over {o}", "*point with your finger to {o}", "*move the hand over {o}", "*point the arm to {o}",
                 "*indicate to me {o}"],
    },
    "look": {
        "train": ["*look around and *find {o}", "*look where {o} is", "*look and see where {o} is", "*tell me where {o} is", "*find out if you see {o}", "*show me that you *see {o}", "*keep your eyes on {o}", "*look at {o}", "*look for {o}", "*find {o}", "*find me {o}", "*search for {o}", "*locate {o}",
                  "*where is {o}", "*watch {o}", "*spot {o}", "can you *see {o}", "do you *see {o}", "*look out for {o}",
                  "have a *look at {o}", "try to *find {o}", "*look at {o}", "*where did you see {o}", "go and *find {o}"],
        "val": ["take a *look at {o}", "*find out where {o} is", "*see if you can find {o}"],
        "test": ["have a *look for {o}", "*see where {o} is", "try to *locate {o}", "are you able to *see {o}",
                 "*find where {o} is", "go and *look for {o}", "take a good *look at {o}", "*search the table for {o}",
                 "*where on the table is {o}", "do you know *where {o} is", "*look around for {o}"],
    },
    "home": {
        "train": ["*go to *home", "*bring yourself *home", "*move to *start", "*get *back to the start", "*back *home", "*go into your *home position", "*move yourself *home", "*take yourself *back to the start", "*drive *home", "*get *home", "*go *home", "*go back *home", "*move *home", "*return *home", "*home", "*return to *home", "*go to the *home position",
                  "*return to the *home position", "*go to your *home position", "*go to the *start position", "*back to the *start",
                  "*go *back to where you started", "*home position", "*move the arm *home", "*retract the arm", "*go *back to base",
                  "*move to the *home position", "*return to *base", "*retract"],
        "val": ["*come back *home", "*move back to *start", "*home the arm"],
        "test": ["*move back *home", "*come *home", "*move back to the *home position", "*return the arm *home", "*go back to *start",
                 "*take the arm *home", "*retract your arm", "*return to the *start position", "*bring the arm *home",
                 "*move the arm back to the *start", "*go to *base"],
    },
    "stop": {
        "train": ["*stop here", "*stop now", "*stop the motion", "*halt now", "*stop all", "do *stop", "*wait a moment", "*hold on", "*halt everything", "*stop your arm", "*freeze now", "*stop right now", "*stop going", "*stop", "*halt", "*freeze", "*stop moving", "*stop that", "*stop it", "*hold still", "*wait", "*pause", "*abort",
                  "*cancel", "*cancel that", "*emergency stop", "*stop the robot", "*stay where you are", "*stop right there", "*enough",
                  "*stop the arm", "*hold it", "*halt the arm", "*stop everything", "*stop stop stop", "*stand still"],
        "val": ["*stop what you do", "*stop at once", "*wait there"],
        "test": ["*stop what you are doing", "come to a *stop", "*stop the movement", "*halt right there", "*freeze right there",
                 "*hold everything", "*pause the arm", "*abort everything", "*stay still", "*stop all of it", "*halt halt",
                 "*cancel everything", "*stop this at once"],
    },
    "release": {
        "train": ["*open the claw", "*open hand", "*let it drop", "*release what you hold", "*let *go now", "*open your claw", "*let the thing *go", "*release the thing", "*drop the thing", "*open up your fingers", "*let *go", "*let *go of it", "*let *go of {o}", "*drop it", "*drop {o}", "*release it", "*release {o}", "*open the gripper",
                  "*open your hand", "*open", "*open the hand", "*open up", "*release", "*open your fingers", "*let it *go", "*let {o} *go",
                  "*open the fingers", "*drop that", "*release the gripper", "*drop what you hold"],
        "val": ["*open your gripper", "*let *go of that", "*drop it on the table"],
        "test": ["*open up the gripper", "*open up your hand", "*let that *go", "*release what you have", "*drop that one", "*release your grip",
                 "*drop what you have in your hand", "*open the gripper up", "*let *go of what you hold", "*open that hand",
                 "just *drop it there"],
    },
}

OBJECTS = {
    "train": ["the {c} {n}", "the {c} {n}", "the {c} {n}", "a {c} {n}", "that {c} {n}", "this {c} {n}", "{c} {n}", "the {n} that is {c}",
              "the {c} {n} over there", "the {c} {n} on the table", "the {c} {n} in front of you", "my {c} {n}", "something {c}",
              "the {c}", "some {c} {n}", "any {c} {n}", "the {c} {n} there", "the {c} {n} here"],
    "val": ["the {c} {n} right there", "the {n} of {c} colour", "the {n} over there that is {c}"],
    "test": ["the {n} which is {c}", "the {c} {n} lying there", "the {c} coloured {n}", "our {c} {n}", "anything {c}",
             "the {n} with the {c} colour", "the {n} on the table that is {c}", "this {c} {n} here", "that {c} {n} in front",
             "the {c} {n} you see there"],
}
PLAIN_OBJECTS = {
    "train": ["the {n}", "the {n}", "a {n}", "that {n}", "this {n}", "the {n} over there", "the {n} on the table", "any {n}", "some {n}", "my {n}"],
    "val": ["the {n} right there"],
    "test": ["our {n}", "the {n} lying there", "this {n} here", "that {n} in front"],
}

CARRIERS = {
    "train": ["{x}"] * 12 + ["please {x}"] * 3 + ["{x} please"] * 3 + [
        "can you {x}", "could you {x}", "could you please {x}", "i want you to {x}", "robot {x}", "hey robot {x}", "sage {x}", "hey sage {x}",
        "ok now {x}", "would you {x}", "i would like you to {x}", "now {x}", "{x} now", "go ahead and {x}", "you should {x}",
        "you can {x} now", "okay {x}", "can you please {x}", "please {x} now", "{x} for me", "will you {x}", "alright {x}", "sage please {x}",
        "i need you to {x}", "try to {x}", "you have to {x}", "{x} quickly", "{x} again", "just {x}", "{x} thank you"],
    "val": ["would you please {x}", "next {x}", "let me see you {x}", "would you mind and {x}", "{x} if you please"],
    "test": ["would you be so kind as to {x}", "it would be great if you could {x}", "do me a favour and {x}", "your task is to {x}",
             "kindly {x}", "the next job is to {x}", "how about you {x}", "i would appreciate it if you {x}", "may i ask you to {x}",
             "it is time to {x}", "{x} as soon as you can", "good now {x}", "so {x}", "{x} this minute", "dear robot {x}",
             "be a good robot and {x}", "you may {x}", "i am asking you to {x}", "{x} thanks a lot", "computer {x}", "hello there {x}",
             "{x} would you", "what i want is that you {x}"],
}

# train also makes carriers of parts, so that what stands around a command is learned to be of no matter
BEFORE = """hey ok okay alright right now hi hello please good yes listen|come on|all right|and now|well then|great|fine|then|first|go""".replace("|", "\n")
BEFORE = [w for line in BEFORE.split("\n") for w in (line.split() if "hey" in line else [line])]
NAMES = ["robot", "sage", "machine", "buddy", "my friend", "little robot", "arm", "you there", "old friend", "mate"]
MODALS = """please|can you|could you|would you|will you|can you please|could you please|i want you to|i need you to|i would like you to|
    i would love you to|i ask you to|you should|you can|you must|you have to|you need to|try to|go ahead and|go and|just|i think you should|
    would it be possible to|is it possible to|your job is to|your goal is to|the task is to|the plan is to|it is your turn to|i wonder if you could|
    it would be nice to|it would be good if you could|if you can|if possible|when you are ready|when you can|help me and|start to|begin to|
    make sure to|remember to|feel free to|all you have to do is|the next thing to do is to|one more time|once more|again|this time|quickly|
    simply|maybe you could|perhaps you can|you might|see to it that you|i would be happy if you could|i order you to|i am telling you to|
    let me ask you to|be so good and|what you should do is|it is your job to|now is the time to|could i get you to|can i ask you to""".replace("\n", "").split("|")
AFTER = """please|now|for me|again|thank you|thanks|quickly|okay|will you|can you|if you can|if possible|when you can|when you are ready|soon|today|
    robot|sage|my friend|if you like|right now|straight away|fast|for us|one more time|once more|then|alright|that would be nice|that is all|
    be quick|come on|just now|and thank you|if that is all right|at last|i beg you|that is what i want""".replace("\n", "").split("|")
MODALS, AFTER = [m.strip() for m in MODALS], [a.strip() for a in AFTER]
PLACES = ["over there", "on the table", "in front of you", "there", "here", "out there", "in front of me", "near you", "before you", "you can see",
          "that lies there", "that is there", "that is on the table", "that i showed you", "standing there", "from the table", "off the table",
          "on this table", "down there", "that we have", "we talked about", "in your view"]
FORMS = ["{c} {n}"] * 6 + ["{n} that is {c}", "{n} painted {c}", "{c} looking {n}", "nice {c} {n}", "lovely {c} {n}", "{n} that looks {c}", "{c} one", "{c}",
                           "{n} in {c}", "{n} of a {c} colour", "{c} {n} thing", "very {c} {n}", "pretty {c} {n}", "good old {c} {n}"]
ARTICLES = ["the", "the", "the", "the", "a", "that", "this", "my", "any", "some", "your", "one", "", "me the"]

# words that no other split holds: verbs, nouns, colours
SYNONYMS = {
    "pick": ["*snatch {o}", "*seize {o}", "*retrieve {o}", "*scoop up {o}", "*acquire {o}", "*clutch {o}"],
    "place": ["*deposit it", "*deposit {o}", "*unload it"],
    "point": ["*gesture at {o}", "*aim at {o}", "*direct me to {o}"],
    "look": ["*seek {o}", "*hunt for {o}", "*detect {o}", "*discover {o}"],
    "home": ["*stow the arm", "*park yourself", "*withdraw"],
    "stop": ["*cease", "*desist", "*quit it", "*whoa"],
    "release": ["*ungrip it", "*loosen your grip", "*unhand it"],
}
SYNONYM_COLOURS = {"red": "scarlet", "blue": "azure", "green": "olive", "purple": "lilac", "yellow": "golden", "orange": "amber"}
SYNONYM_NOUNS = ["chunk", "slab", "cuboid", "die"]

# what the goal structure cannot say, or nobody meant as a command: to be refused
BAD_NOUNS = {
    "train": """cup mug bottle glass plate bowl spoon fork knife pen pencil book phone key keys hammer screwdriver banana apple lemon
        ball sphere cylinder cone triangle door window drawer light lamp chair table cat dog coffee tea beer water paper card
        coin ring hat shoe sock shirt bag basket bucket tape rope wire cable screw bolt nut stone rock flower leaf car truck train
        plane duck bear mouse keyboard screen camera arm robot wall floor""".split(),
    "val": "pan pot kettle towel sponge brush comb candle mirror clock watch umbrella scarf glove".split(),
    "test": """wrench pliers pear carrot tomato potato sandwich newspaper envelope stapler scissors magnet marble pyramid prism disc
        guitar piano helmet jacket pillow blanket ladder shovel vase battery charger headset speaker rabbit horse spider""".split(),
}
BAD_VERBS = {
    "train": ["push", "pull", "throw", "stack", "rotate", "turn", "paint", "hide", "kick", "clean", "count", "sort", "flip", "shake", "break",
              "eat", "describe", "wash", "roll", "slide", "sell", "buy", "smash", "carry"],
    "val": ["spin", "nudge", "hit", "measure"],
    "test": ["twist", "toss", "bend", "weigh", "polish", "crush", "squeeze", "tap", "knock over", "photograph", "repair", "burn"],
}
BAD_FRAMES = {
    "train": ["*put {o} on the {c} {n}", "*put {o} in the {b}", "*put {o} into the {b}", "*place {o} next to the {b}", "*place {o} on top of the {c} {n}",
              "*give {o} to {w}", "*move {o} to the left", "*move {o} away", "*take {o} to the {b}", "*bring {o} to the {b}", "*pick up two {n}s",
              "*pick up all the {n}s", "*pick up both {c} {n}s", "*pick up the {s} {c} {n}", "*grab the {s} {n}", "*pick up the second {n}",
              "*pick up the {n} left of the {c} {n}", "*take {o} next to the {b}", "*point at the {s} {c} {n}", "*find the {s} {n}",
              "*look at the {n} behind the {b}", "*go to the {b}", "*drive to the {b}", "*open the {b}", "*close the {b}", "*close the gripper",
              "*close your hand", "*go left", "*move up", "*move down", "*move the arm to the left", "*turn around", "*come here", "*pick it up",
              "*take it", "*grab that", "*look at it", "*look at me", "*point at me", "*find {w}", "*stop {w}", "*wait for {w}", "*call {w}",
              "*pick up the {c} or the {c2} {n}", "*grab the {c} and the {c2} {n}", "*point at the {c} {n} and the {c2} {n}", "*pick up everything",
              "*look at the {c} or the {c2} one", "*take {o} with the left hand of {w}", "*go home with {w}", "*drop {o} into the {b}"],
    "val": ["*put {o} beside the {b}", "*pick up the {n} closest to the {b}", "*pick up the {s} one of the {n}s", "*set {o} on the {c} {n}"],
    "test": ["*put {o} under the {b}", "*place {o} between the {n}s", "*pick up three {c} {n}s", "*grab every {n}", "*pick up the {n} right of the {c} {n}",
             "*take the {s} of the {n}s", "*point at the third {n}", "*hand {o} to {w}", "*bring {w} {o}", "*put {o} behind the {b}",
             "*move {o} closer to me", "*pick up the {n} near the {b}", "*open the {b} slowly", "*go to {w}", "*move forward", "*turn left",
             "*raise your arm", "*look up", "*look left", "*wave at {w}", "*pick up a {c} or {c2} {n}", "*find all {c} {n}s",
             "*drop {o} onto the {b}", "*stack the {c} {n} on the {c2} {n}"],
}
SIZES = {"train": ["small", "big", "large", "little", "tall", "largest", "left", "right", "heavy", "round"], "val": ["tiny", "smallest"],
         "test": ["huge", "biggest", "flat", "wooden", "leftmost", "broken", "nearest"]}
PEOPLE = {"train": ["anna", "tom", "him", "her", "my brother", "the boss", "them", "john", "the dog"], "val": ["peter", "the nurse"],
          "test": ["maria", "my sister", "the operator", "dave", "the customer"]}
NEGATIONS = {"train": ["do not {x}", "don't {x}", "never {x}", "please don't {x}", "please do not {x}", "you must not {x}", "dont {x}",
                       "you should not {x}", "no do not {x}", "i do not want you to {x}"],
             "val": ["you don't have to {x}", "do not ever {x}"],
             "test": ["i don't want you to {x}", "under no circumstances {x}", "it is not time to {x}", "you may not {x}", "better not {x}",
                      "whatever you do don't {x}", "there is no need to {x}"]}
TWO = {"train": ["{x} and {y}", "{x} then {y}", "{x} and then {y}", "{x} or {y}", "first {x} then {y}", "{x} before you {y}"],
       "val": ["{x} after that {y}"],
       "test": ["{x} but first {y}", "{x} as well as {y}", "after you {x} {y}", "either {x} or {y}", "{x} and afterwards {y}"]}
ABOUT = {"train": ["why did you {x}", "what happens if you {x}", "did you {x}", "when should i {x}", "she said {x}", "he told me to {x}",
                   "how do you {x}", "i like to {x}", "i will {x}", "we used to {x}", "they {x} every day", "do you remember how to {x}",
                   "i told {w} to {x}", "if you {x} i will be sad", "who asked you to {x}"],
         "val": ["is it hard to {x}", "let {w} {x}"],
         "test": ["what does it mean to {x}", "have you ever tried to {x}", "yesterday i had to {x}", "my friend wants to {x}", "tell {w} to {x}",
                  "{w} will {x}", "it was hard to {x}", "are you allowed to {x}", "the manual says {x}", "imagine you {x}"]}
CHAT = {
    "train": """hello|good morning|how are you|what time is it|what is the weather like|tell me a joke|what is your name|who are you|thank you|thanks|
        yes|no|maybe|i am tired|i am hungry|play some music|turn on the lights|turn the lights off|set a timer for ten minutes|what can you do|
        the {c} {n} is nice|i like the {c} {n}|the {c} {n} belongs to me|there is a {c} {n}|that is a {c} {n}|my {n} is {c}|what colour is the {n}|
        how many {n}s are there|is the {n} {c}|i lost my {b}|the {b} is broken|where is the {b}|where is {w}|i saw a {b} today|
        he went home yesterday|i was at home|the bus stop is over there|a point of view|take care|take a break|take your time|get well soon|
        get out of here|good luck|see you tomorrow|that looks good|look it is raining|let us go|let me think|let me help you|open your mind|
        the shop is open|drop me a line|pick a number|pick a card|the next stop|what a nice home|it is a long way home|i do not know|
        never mind|forget it|what did you say|say that again|i can not hear you|speak louder|volume up|lower the volume|two plus two|
        the quick brown fox|once upon a time|happy birthday|are you a robot|do you like music|what is a robot|how old are you|
        the {c} one is better|{c} is my favourite colour|{c} and {c2}|the {c} {n} and the {c2} {n}|the {c} {n}|{c}|{n}|a {c} {n}|the {n}|
        please|robot|sage|hey sage|um|well|okay|can you|could you please|pick|pick up|pick up the|point at|look at|look for|put the|take the|go|up|down|
        the|and|you|there|now|please now|go to|hand me|give me|show me|bring me the""".replace("\n", "").split("|"),
    "val": """good evening|what day is it|sing a song|call me later|i painted my {n} {c}|the {n}s are all {c}|a bus is at the stop|
        who took the {c} {n}|sounds good|not bad|i bought a {b}""".replace("\n", "").split("|"),
    "test": """good night|what is for dinner|read me the news|how far is the moon|i dropped my {b} this morning|a {c} {b} stood there|
        the {c} {n} fell down|someone took the {c} {n}|i wonder where the {n} went|the {c} {n} looks heavy|is that {n} yours|
        the meeting point is downtown|we stopped at the light|a home is a castle|pointless talk|release date of the movie|
        the look on your face|taking the bus is slow|what a pick up line|open questions remain|place of birth|the best place in town|
        it got lost|you are funny|nice work|perfect|excuse me|what is going on|my battery is low|the internet is down|
        book a table for two|order a pizza|translate this sentence|remind me tomorrow|what is seven times eight|
        one day the {n} will be {c}|she has a {c} car|the traffic light is {c}|in the {c} corner|blah blah blah""".replace("\n", "").split("|"),
}
for _lists in CHAT.values():
    _lists[:] = [" ".join(line.split()) for line in _lists]

# how a goal is to be done: the rules take these out before the model reads; what they could not read must be refused
CLAUSES = {"train": ["slowly", "gently", "without moving", "on the left", "on the right", "on your left side", "at half speed", "within ten seconds",
                     "in five minutes", "with priority three", "on its right"],
           "val": ["carefully", "within half an hour"],
           "test": ["without moving the arm", "on your right", "on the left side", "at full speed", "at ten percent speed", "within twenty seconds",
                    "in under a minute", "with high priority", "very slowly", "as gently as you can"]}

FILLERS = {"train": ["uh", "um", "er", "like", "you know", "ah", "well"], "val": ["uhm", "eh"], "test": ["erm", "hmm", "i mean", "mm", "sort of", "huh"]}
MISHEARD = {
    "train": {"pick": ["pic", "peak", "pig", "pik"], "block": ["bloc", "blok", "black", "blog", "clock"], "blue": ["blew", "bloo"], "red": ["read", "wred"],
              "green": ["grean", "greene"], "grey": ["gray", "grae"], "to": ["two", "too"], "for": ["four"], "one": ["won"], "the": ["teh", "da", "de"],
              "stop": ["stob", "shop"], "home": ["hom", "hole"], "white": ["wite", "why"], "point": ["poind", "pond"], "look": ["luck", "luk"],
              "find": ["fined", "fine"], "drop": ["droop", "trop"], "grab": ["crab", "grap"], "take": ["tek", "tak"], "cube": ["cub", "tube"],
              "put": ["pot", "putt"], "down": ["town"], "yellow": ["jello", "yelow"], "orange": ["oranje"], "pink": ["ping"], "brick": ["brig"],
              "go": ["goh"], "up": ["op"], "box": ["bogs"], "open": ["opn", "oben"], "hand": ["and"], "place": ["plays"], "let": ["led"],
              "bring": ["brink"], "get": ["git"], "lift": ["left"], "please": ["pleas", "plees"], "could": ["cud"], "you": ["u", "ya"]},
    "test": {"pick": ["pek", "bick", "pikc"], "block": ["blogk", "bluck", "plock"], "blue": ["blu", "bleu"], "red": ["rad", "redd", "ret"],
             "green": ["gren", "creen", "grin"], "grey": ["grai", "grave"], "stop": ["stup", "top"], "home": ["hum", "holm"], "white": ["whyte", "wide"],
             "point": ["pint", "boint"], "look": ["lug", "lok"], "find": ["vind", "fin"], "drop": ["drob", "trap"], "grab": ["krab", "crap"],
             "take": ["dake", "taik"], "cube": ["queue", "kube"], "put": ["but", "poot"], "down": ["dawn", "don"], "yellow": ["yello", "hello"],
             "orange": ["orenge", "orinj"], "pink": ["bink", "punk"], "open": ["hopen", "opem"], "place": ["blaze", "plase"], "bring": ["pring"],
             "get": ["ged"], "lift": ["lived", "lyft"], "purple": ["purpel", "burble"], "black": ["blak", "plaque"], "release": ["relies", "reliece"],
             "please": ["bleas", "police"], "the": ["thu", "ze", "tha"], "fetch": ["vetch"], "return": ["re turn"], "halt": ["hold", "holt"]},
}
MISHEARD["val"] = {k: v[-1:] for k, v in MISHEARD["test"].items()}
