"""More of what people say, for train alone: commands, objects and carriers made of parts, so that training sees many
thousands of kinds. Nothing here is in the lists of val, test or synonyms (parts.py). A command is drawn from one of
several lists, each of which makes its phrases in one way.
"""

from __future__ import annotations

from parts import cross, free, groups, words

TAILS = words("""
    |for me|for us|from the table|off the table|from there|up from the table|from over there|with your hand|with the hand|
    with your gripper|with your arm|in your hand|in your gripper|in your fingers|and hold it|and keep it|and hold on to it|and lift it|
    and raise it|and bring it here|and bring it to me|and bring it over|and give it to me|and hand it over|and pass it to me|
    and show it to me|into the air|up in the air|from where it is|to me|over to me|over here|here""") + [""] * 6
REACH = words("go and|go and|go|go over and|reach out and|reach over and|come over and|come and|go ahead and|") + [""] * 8

COMMANDS = {
    "pick": groups(cross(REACH, words("*pick up|*take|*grab|*grasp|*grip|*lift|*lift up|*fetch|*get|*collect|*raise|*pick|*catch|*gather up"), ["{o}"], TAILS),
    cross(words("*pick {o} up|*lift {o} up|*take {o} up|*get {o} up|*raise {o} up"), TAILS),
    cross(words("*bring|*hand|*pass|*give|*get|*fetch|*grab|*pick|*find and *bring"), words("me|us|over|to me"), ["{o}"]),
    cross(words("*bring|*hand|*pass|*give|*fetch|*get|*grab|*take"), ["{o}"], words("to me|to us|over|over here|here|over to me|for me|to my hand")),
    cross(words("*take|*grab|*get|*catch"), words("hold of|a hold of|a grip on|a grip of"), ["{o}"]),
    cross(words("""
    *close your hand around|*close your fingers around|*close the gripper around|*put your hand around|*put your fingers around|
    *reach for|*reach out for|*get your hand on|*get your fingers on|*hold|*hold up|*hold on to|*keep"""), ["{o}"]),
    words("""
    let me *have {o}|can i *have {o}|may i *have {o}|could i *have {o}|i want to *have {o}|i would like to *have {o}|
    i want {o} in your *hand|i need {o} in my *hand|*take {o} from its place|have {o} in your *hand|get {o} off the *table|
    i need you to *hold {o}|get {o} into your *hand|*grab and *lift {o}|*grasp and *raise {o}|see that you *get {o}|
    use your hand to *take {o}|use the gripper to *grab {o}|move over and *grab {o}|go over to {o} and *take it|
    go to {o} and *pick it up|find {o} and *pick it up|look for {o} and *grab it|look at {o} and *take it|open your hand and *take {o}|
    open the gripper and *grab {o}""")),
    "place": groups(cross(words("*put|*set|*lay|*place|*rest"), words("""
    it|that|this|the thing|that thing|{o}|what you hold|what you are holding|what you have there|what you carry|what is in your hand|
    the thing in your hand|the thing you hold|what you took|what you picked up"""),
                   words("""
    *down|*back|*back *down|*down here|*down there|*down again|*down for me|on the *table|onto the *table|back on the *table|
    back onto the *table|*down on the table|*back where it was|*back in its place|*back where you found it|*down in front of you|
    *down on the *table in front of you|*down somewhere|over there on the *table|here on the *table|*back there|*back over there""")),
    cross(words("*put|*set|*lay"), words("*down"), words("""
    it|that|this|{o}|the thing|what you hold|what you are holding|what you have there|what you carry|whatever you have|
    what is in your hand|what you picked up|"""), words("|on the table|here|there|again|over there")),
    cross(words("*place|*lower|*rest"), words("it|that|{o}|the thing|what you hold|what you are holding|what is in your hand"), words("""
    |here|there|on the table|onto the table|on top of the table|back on the table|where it was|down|down here|to the table""")),
    words("""
    *return it to the *table|*return {o} to the *table|it goes back on the *table|back on the *table with it|back *down with it|
    *down with it|*down on the table with it|bring it *down to the table|lower your hand and *put it down|
    get rid of {o} and *put it on the table|let it *down onto the table|let it *down|*put it where you found it""")),
    "point": groups(cross(words("""
    *point|*point your finger|*point the finger|*point your hand|*point the hand|*point the arm|*point with your hand|
    *point with the gripper|*point straight|*point again|*point right|*point one finger|*turn your finger|*hold your finger|
    *stretch your arm"""),
                   words("at|to|towards|toward|in the direction of"), ["{o}"]),
    cross(words("""
    *hover|*move|*go|*stay|*wait|*stop|*float|*hang|*move your hand|*move your arm|*move the gripper|*move your finger|*bring your hand|
    *bring the arm|*hold your hand|*hold the arm|*put your hand|*position yourself|*position the arm|*place your hand|*keep your hand|
    *drive|*get"""),
            words("""
    over|above|right over|right above|just above|straight above|directly above|to a point above|to the place above|to a spot over"""), ["{o}"]),
    cross(words("*show|*indicate|*point out"), words("|me|to me|us|to us"), words("{o}|which one is {o}|with your finger {o}|which of them is {o}|with your hand {o}")),
    words("""
    give me a hint where to *point for {o}|let your finger *point at {o}|your finger should *point at {o}|have the arm *point at {o}|
    make the arm *point to {o}|make your hand *point at {o}|*mark {o}|*indicate {o} with your hand|*indicate {o} for me|
    *show me {o} with your finger|*show me which is {o}|*point {o} out|*point {o} out to me|*point {o} out for us|
    find {o} and *point at it|look at {o} and *point at it|*touch the air above {o}|your hand above {o}|come to a place *above {o}""")),
    "look": groups(cross(REACH, words("""
    *look at|*look for|*look over at|*look towards|*look around for|*look out for|*search for|*find|*locate|*spot|*watch|*observe|
    *inspect|*examine|*check|*check on|*focus on|*stare at|*scan for|*scan the table for|*identify|*find out where to see|
    *keep looking at|*keep looking for|*keep watching|*keep an eye on|*keep your eye on|*have an eye on|*turn your eyes to|
    *point the camera at|*point your eyes at|*turn the camera to|*direct your eyes to"""), ["{o}"]),
    cross(words("""
    have|take|give me|let us have|let me have|take another|have another|have one more|take a quick|have a quick|have a close|
    take a close"""), words("*look|a *look|one *look"), words("at|for|around for|over at"), ["{o}"]),
    cross(words("""
    can you|do you|could you|are you going to|did you|can you still|do you still|can your camera|can your eyes|can you now|do you now"""), words("*see|*find|*spot|*see anywhere|*recognise|*make out"), ["{o}"]),
    cross(words("""
    *where is|*where's|*where would i find|*where can i find|*where do you see|*where can you see|*where on the table do you see|
    *where did you last see|*where have you seen|*where was"""), ["{o}"], words("||now|on the table|right now|at the moment")),
    cross(words("tell me|tell us|say|let me know|find out|check|try to see|try to tell me|tell me please|explain"), words("""
    *where {o} is|*where you see {o}|*where {o} lies|*where i can find {o}|if you *see {o}|whether you *see {o}|if you can *see {o}|
    *where to find {o}""")),
    cross(words("try to|see if you can|go and see if you can|check if you can|make an effort to"), words("*find|*spot|*see|*locate|*look at|*make out"), ["{o}"]),
    words("""
    is {o} anywhere to be *seen|is {o} in *view|any sign of {o} to *see|eyes on {o}|keep {o} in *view|keep {o} in *sight|
    *search and find {o}|*look and find {o}|*look if you find {o}|*look whether {o} is there|*look if {o} is there|
    *look if {o} is on the table|*see if {o} is there|*check if {o} is there|*look what {o} looks like|*look to where {o} is|
    *look over to {o}|i am *looking for {o}|help me *find {o}|help me *look for {o}|we are *searching for {o}""")),
    "home": groups(cross(words("*go|*get|*come|*head|*drive|*move|*travel|*return|*run"), words("|back|straight|right back|all the way"), words("""
    *home|to *home|to the *home position|to your *home position|to the *home pose|to your *home pose|to where you *started|
    to the *start pose|to your *start position|to the place you *started from|to your *base|to the *base|to your *home""")),
    cross(words("*bring|*move|*take|*put|*send|*drive|*get|*return|*retract|*pull|*fold"), words("yourself|your arm|the arm|your hand|the hand|the gripper|your body"), words("""
    *home|back *home|to the *home position|to your *home position|back to the *home pose|to the *start position|back to *base|
    back to where it *started|back to the place it *started from|to its *home|to its *home position""")),
    words("""
    *home now|*home position now|time to go *home|back to *start|back to *home|*back to your place|go *back to your place|
    return to your *place|take your *home position|take the *home pose|*home pose|assume the *home position|go into *home position|
    go to *rest position|*rest position|your *home position please|go *back where you came from|go *back to the beginning|
    return to the *beginning|be at *home|*retract the hand|*retract now|*retract your hand|*fold the arm back *home|*pull the arm back|
    *pull back your arm|go *back to your base|all the way *home|off you go *home|let us go *home with the arm""")),
    "stop": groups(cross(words("*stop|*halt|*freeze|*pause|*abort|*cancel|*end|*finish"), words("""
    |it|that|this|now|here|there|right here|right now|immediately|at this place|everything|all|all of that|the arm|your arm|your hand|
    the robot|the motion|your motion|moving|the task|the job|the goal|the action|the current task|what you started|all motion|
    all movement|the program|for a moment|for now|and wait|and stay there|please|yourself|your movement""")),
    words("""
    *stop doing that|*stop doing this|*stop moving now|*stop moving the arm|*stop moving your hand|*stop being so fast and wait|*hold|
    *hold now|*hold on a second|*hold on a moment|hold your *position|*wait a second|*wait a minute|*wait now|*wait here|
    *wait right there|*wait for a moment|just *wait|*wait wait|*stay|*stay there|*stay here|*stay right there|*stay where you are now|
    *stay in place|*stay put|*stand by|*stand *still now|*keep still|be *still|*remain where you are|*remain there|do *stop now|
    no *stop|*stop no|oh no *stop|*stop stop|*halt now robot|*freeze robot|*freeze where you are|*freeze at once robot|that is *enough|
    *enough now|*enough of that|*enough for now|*break off|*break it off|*interrupt|*interrupt that|*interrupt the motion|
    *interrupt what you do|emergency *halt|emergency *stop now|*emergency|*danger stop|careful *stop|watch out *stop|
    not another move *freeze|*give it up|*give up|*drop everything and stop|*end it here|*end this|*terminate|*terminate the motion|
    make a *stop|come to a *halt|*stop where you are|*halt where you are|*halt it there|*rest where you are|no more *moving|
    no further *stop""")),
    "release": groups(cross(words("*open|*open up|*spread|*relax|*unlock"), words("""
    |your hand|the hand|your gripper now|the gripper now|your fingers|the fingers|your grip|the grip|your claw|the claw|
    the gripper for me|your gripper for me|your fist|the jaws|your jaws|your gripper wide|the hand wide""")),
    cross(words("*let|just *let|now *let"), words("it|that|this|{o}|the thing|that thing|what you hold|what you are holding|what is in your hand|what you have"), words("""
    *go|*go now|*fall|*drop|*slip|*loose|fall *down|out of your *hand|out of the *gripper|go *free|slip out of your *fingers""")),
    cross(words("*let *go|*let *go now|*let *go again"), words("""
    |of it|of that|of this|of {o}|of the thing|of what you carry|of what is in your hand|of what you are holding|of what you picked up|
    of everything""")),
    cross(words("*drop|*release|*free|just *drop|just *release"), words("""
    it|that|this|{o}|the thing|that thing|what you are holding|what is in your hand|what you carry|what you picked up|
    everything you hold"""), words("|now|here|there|right here|right there|from your hand|from the gripper|for me|at once")),
    words("""
    *let your fingers *go|*ease your grip|*undo your grip|*take your fingers off {o}|*take your hand off {o}|*take your hand off it|
    *give {o} free|*give it free|*set {o} *free|*set it *free|*open and let it fall|*open so that it falls|hand *open|gripper *open|
    fingers *open|stop *holding it|stop *holding {o}|stop *gripping it|no longer *hold it|you can let *go now|you can let it *go""")),
}

VERY = words("|very|really|quite|rather|so|pretty|somewhat|bright|dark|light|pale|deep") + [""] * 12
NICE = words("""
    |nice|lovely|pretty|good|old|new|shiny|beautiful|little old|fine|simple|plain|dear|wonderful|cute|ugly|dusty|clean|strange|famous|
    same|other|said|usual""") + [""] * 20
WHERE = words("""
    on the table|on that table|on my table|on this table here|over there|over here|there|here|in front of you|in front of me|
    in front of us|in front|near you|near me|by you|by your side|before you|you see|you can see|i see|we see|i can see|that you see|
    that you can see|that i see|that we see|that i mean|that i want|i mean|i want|i am looking at|i talked about|i told you about|
    you saw before|you know|we need|i need|that is there|that is here|that is over there|that is on the table|that is in front of you|
    that is near you|which is there|which is on the table|which you see|lying on the table|lying here|lying around|
    lying in front of you|standing on the table|standing here|standing over there|sitting on the table|sitting there|
    that lies on the table|that lies here|that stands on the table|that stands there|that sits there|in your reach|within your reach|
    that you can reach|down on the table|up there|on top of the table|in view|in sight|at your place|from before|from earlier|of mine|
    of ours""")
PLACES = free(WHERE)
FORMS = cross(NICE, VERY, ["{c}"], words("{n}|{n}|{n}|{n}|{n}|{n} thing|one|")) + cross(NICE, words("""
    {n} that is {c}|{n} that looks {c}|{n} that seems {c}|{n} that has been painted {c}|{n} painted {c}|{n} in {c}|
    {n} in the colour {c}|{n} of {c}|{n} coloured {c}|{n} made in {c}|{n} of colour {c}|{n} whose colour is {c}|
    {n} where the colour is {c}|{n} with {c} paint|{n} with a {c} colour|{n} with {c} sides|{n} that has a {c} colour|
    {n} that came in {c}|{n} in {c} colour|{n} which looks {c}|{n} which has the colour {c}|{n} that appears {c}|{c} coloured one|
    {c} painted {n}|{c} looking {n}|{c} colour {n}|{n} the {c} one i mean"""))
PLAIN_FORMS = cross(NICE, ["{n}"])
ARTICLES = words("""
    the|the|the|the|the|a|that|this|my|your|his|any|some|one|one of the|the one|me the|us the|me that|me a|just the|only the|
    exactly the|again the|now the""") + [""] * 2

BEFORE = words("""
    hey|ok|okay|alright|right|now|hi|hello|please|good|yes|yeah|yep|listen|look|see|come on|all right|and now|well|well then|great|fine|
    then|first|go|so now|and|and then|also|next up|anyway|good morning|good day|hello again|hi again|excellent|very good|very well|
    well done|super|oh|oh well|ah yes|let us see|let me see|listen up|attention|pay attention|wake up|there you are|okay then|sure|cool|
    wonderful|thanks|thank you|no problem|sorry|sorry but|pardon|by the way|for now|in that case|after all|if so|as i said|as before|
    like before|same again|once again|here we go|let us go on|we go on|moving on|continue|for a start|to begin with|to start with|
    last but not least|finally|at last|one thing|one more thing|another thing|quick|quick question|a question|a favour|a request|
    my request|new task|new command|new order|command|task|order|job""")
NAMES = words("""
    robot|sage|machine|buddy|my friend|little robot|arm|you there|old friend|mate|friend|pal|partner|assistant|helper|my helper|dear|
    my dear|dear friend|good robot|dear sage|robot arm|my robot|mister robot|sir|boy|champion|genius|colleague|everyone|little one|
    old machine|you|hey you""")
WHO = words("""
    can you|could you|would you|will you|can you please|could you please|would you kindly|will you now|can you now|could you now|
    might you|can you maybe|could you maybe|could you possibly|can you quickly|could you quickly|could you perhaps|would you maybe|
    can you just|could you just|would you just|could you go and|can you go and|could you go ahead and|can you try to|could you try to|
    would you try to|do you want to|would you like to|would you care to|are you able to go and|are you ready to|are you free to|
    how about if you|what about if you|what if you|shall you""")
WISH = cross(words("i|we"), words("""
    want|need|would like|would love|wish|would prefer|expect|ask|request|command|tell|urge|invite|advise|instruct|require|order|
    would need|really want|really need|just want|just need|now want|now need|also want|would want"""), words("""
    you to|you to please|you now to|you to just|you to quickly|you to go and|you to go ahead and|that you|for you to"""))
SHOULD = cross(words("you"), words("""
    should|should now|should please|must|must now|have to|need to|can|can now|could|may now|might|will|will now|ought to|are to|
    are to now|are going to|are supposed to|are expected to|get to|had better|are told to|are asked to|are needed to|are here to|shall|
    shall now"""))
GOAL = cross(words("""
    your|the|my|our|your next|the next|your new|the new|your first|the current|the only|your only|my only|your main"""), words("""
    job|goal|task|plan|idea|wish|request|order|aim now|work|mission|duty|assignment|thing to do|step|command|instruction|aim of today|
    question for you|suggestion"""), words("is to|is now to|is that you|would be to|will be to|is simply to|is just to|now is to"))
NICER = cross(words("it would be|it'd be|it is|that would be|it would really be"), words("""
    nice|good|great|kind|lovely|helpful|best|fine|wonderful|perfect|fantastic|very nice|very kind|a good idea|a great help|useful|super|
    awesome|cool|important|necessary|needed"""), words("if you|if you would|if you were to|to|for you to|of you to|when you|if you now"))
THEN = words("""
    please|try to|go ahead and|go and|just|simply|quickly|now|please now|kindly now|be so nice and|be kind and|be nice and|do it and|
    start to|begin to|start and|make sure to|make sure that you|remember to|feel free to|once more|once more please|again|again please|
    this time|at last|finally|maybe|perhaps|hurry and|hurry up and|take a moment to|take your time and|get going and|get to work and|
    get ready to|prepare to|come on and|do your best to|do your job and|do me the favour and|do what you can to|help me to|help us to|
    help out and|help me and|show me how you|show me that you can|let me watch you|let us see you|let's see you|i hope you can|
    i hope you will|i think you can|i think you should|i believe you should|i guess you could|i bet you can|i know you can|
    i trust you to|i count on you to|i rely on you to|i am waiting for you to|i am glad if you|i will be happy if you|
    i would be glad if you|i would be thankful if you|i would be grateful if you could|i would really like it if you|
    it is now your task to|it is important that you|it is on you to|it is up to you to|now comes your turn to|now it is your turn to|
    the time has come to|the moment has come to|time to|time for you to|what i need is for you to|what we need is that you|
    what i want now is for you to|what you do next is|what you do now is|what comes next is|the next thing you do is|
    the first thing to do is|the only thing you have to do is|all i want is that you|all i ask is that you|all you do is|
    all you need to do is|would you do me a favour and|could you do me a favour and|can you do me the favour and|may i have you|
    could i have you|could i ask you to|might i ask you to|i'd like you to|i'd love you to|i'd want you to|i would ask you to|
    i have to ask you to|if you don't mind|if you would|if you could|if it is possible|if it is not too much|whenever you can|
    whenever you are ready|as soon as possible|as quickly as you can|as fast as possible|without delay|immediately|at this point|
    for this one|for the next one""")
LEAD = {"who": WHO, "wish": WISH, "should": SHOULD, "goal": GOAL, "nicer": NICER, "then": THEN}
LEAD = {k: [t[:-4] for t in free([f"{t} {{x}}" for t in v])] for k, v in LEAD.items()}
AFTER = words("""
    please|now|for me|again|thank you|thanks|quickly|okay|ok|will you|can you|could you|if you can|if possible|if you could|
    when you can|when you are ready|soon|today|robot|sage|my friend|if you like|if you want|right now|straight away|fast|for us|
    one more time|once more|then|alright|that would be nice|that is all|that's all|be quick|come on|just now|and thank you|
    thank you very much|thank you so much|many thanks|thanks in advance|if that is all right|if that is okay|if that's fine|at last|
    i beg you|that is what i want|that's what i want|that is my wish|that is an order|this is an order|that is your task|
    that is your job|this is your task|do you hear me|do you understand|understood|did you get that|got it|you hear|you know|you see|
    my dear|dear|buddy|pal|mate|old friend|as i said|as i told you|as before|like before|like last time|the same way as before|
    if you would|if it is no trouble|at once please|immediately|without delay|as fast as you can|as quickly as possible|
    whenever you can|whenever you like|when you have time|when you get a moment|in your own time|before we go on|so we can go on|
    so that we can go on|so that i can work|and then we are done|and we are done|and that is it|and that's it|and be done|let's go|
    go on|go|next|first|finally|after that we rest|i need it|i need that|we need that|i would like that|that would help|
    that would be great|that would be good|that would be very nice|that would help me a lot|it would help me|i will be happy|
    i will wait|i am waiting|hurry|hurry up|make it quick|take your time|you can do it|i know you can|well|right|yes|you there|machine|
    helper|little robot|good robot|i say|i said|i repeat|this time|this one time|just this once|for a change|for once|and nothing else|
    only that""")
AFTER = [t[4:] for t in free([f"{{x}} {t}" for t in AFTER])]
