"""What a gardener asks of a glasshouse and the call for each. Lives here: the 60 functions of an invented library.

The rule: one call, every argument by name, names of places in small letters. Ten functions (`UNSEEN`) are asked for in
over a third of the items and in no pool example, so that their names stand in their documents alone. The documents are
the catalogue, one a function: its signature, and what it does in other words than the requests, so a search may err.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from generators.chooser import Chooser

__all__ = ["UNSEEN", "documents", "examples", "items"]

PLACES: Final = [
    "Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Juniper", "Larch", "Maple", "Oak", "Pine", "Rowan", "Spruce",
    "Willow", "Yew", "Aspen",
]  # fmt: skip
RANGES: Final = {  # of the second argument
    "celsius": (12, 28), "mins": (5, 55), "hours": (2, 48), "pct": (10, 90), "kmh": (30, 80), "secs": (5, 50),
    "hour": (4, 22), "days": (2, 14), "klux": (20, 90), "liters": (20, 400), "kpa": (100, 300), "badge": (100, 999),
    "rpm": (200, 900), "ml": (50, 500), "ext": (20, 99), "ppm": (400, 900), "times": (2, 9), "grams": (5, 80),
}  # fmt: skip
CATALOGUE: Final = """
heat.aim bay celsius | Sets the temperature that the heating of a bay holds | Keep bay {} at {} degrees | Hold bay {} at {} degrees
heat.boost bay mins | Heats a bay at full power for some minutes | Full heating in bay {} for {} minutes | Heat bay {} at full power, {} minutes
heat.rest bay | Switches the heating of a bay off | Heating off in bay {} | Stop heating bay {}
heat.floor bay celsius | Sets the lowest temperature of a bay at night | Never let bay {} fall below {} degrees at night | At night bay {} stays above {} degrees
heat.trace bay hours | Returns the temperatures of a bay, the newest first | Temperatures in bay {} over the last {} hours | How warm was bay {} in the last {} hours?
vent.lift pane pct | Opens a roof window part of the way | Open roof window {} to {} percent | Roof window {} should be {} percent open
vent.shut pane | Closes a roof window | Close roof window {} | Roof window {} has to be closed
vent.guard pane kmh | Closes a roof window whenever the wind is stronger | Close roof window {} in wind above {} km/h | Wind above {1} km/h closes roof window {0}
vent.free pane | Leaves a roof window to the automatic control | Roof window {} back to automatic | Let the automatic control have roof window {}
vent.flush pane secs | Moves a roof window up and down to change the air | Change the air at roof window {} for {} seconds | Fresh air by roof window {}, {} seconds
mist.pulse zone secs | Sprays fog once | Spray fog in zone {} for {} seconds | Fog for zone {}, {} seconds
mist.hold zone pct | Keeps the humidity of the air | Keep the humidity of zone {} at {} percent | Air of zone {} at {} percent humidity
mist.stop zone | Ends all spraying of fog | No more fog in zone {} | End the fog in zone {}
mist.rinse zone | Cleans the nozzles with clear water | Clean the nozzles of zone {} | Nozzles in zone {} need cleaning
mist.gap zone mins | Sets the pause between two sprays of fog | Pause {1} minutes between sprays in zone {0} | Sprays in zone {} with a pause of {} minutes
glow.dim rack pct | Sets the brightness of the lamps | Lamps of rack {} at {} percent | Brightness of rack {} to {} percent
glow.dawn rack hour | Sets when lamps go on in the morning | Lamps of rack {} on from {} o'clock | Morning of rack {} begins at {} o'clock
glow.dusk rack hour | Sets when lamps go off in the evening | Lamps of rack {} off from {} o'clock | Evening of rack {} begins at {} o'clock
glow.dark rack | Switches all lamps off at once | Darkness in rack {} at once | All lamps off in rack {}
glow.total rack days | Returns the hours of light | Hours of light in rack {}, last {} days | How much light did rack {} get in {} days?
veil.draw span pct | Pulls the shade cloth part of the way | Pull the shade over span {} to {} percent | Shade {1} percent of span {0}
veil.clear span | Rolls the shade cloth up | Roll up the shade of span {} | Take the shade off span {}
veil.limit span klux | Pulls the shade cloth whenever the sun is brighter | Shade span {} in sun above {} kilolux | Sun above {1} kilolux shades span {0}
veil.wrap span | Pulls the cloth over night to save warmth | Cover span {} over night | Night cover for span {}
veil.mend span | Marks the cloth as torn | The cloth of span {} is torn | Torn cloth on span {}
pump.send line liters | Pumps an amount of water | Pump {1} liters into line {0} | Line {} needs {} liters of water
pump.halt line | Stops the water at once | Stop the water in line {} | No water for line {}
pump.press line kpa | Sets the pressure of the water | Pressure of line {} to {} kPa | Water in line {} at {} kPa
pump.swap line | Goes over to the spare pump | Use the spare pump on line {} | Spare pump for line {}
pump.usage line days | Returns how much water was used | Water used by line {} in {} days | How much water did line {} take in {} days?
tank.fill unit pct | Lets rain water in | Fill tank {} to {} percent | Rain water into tank {} up to {} percent
tank.drain unit | Empties a tank | Empty tank {} | Let everything out of tank {}
tank.gauge unit | Returns how full a tank is | How full is tank {}? | Level of tank {}
tank.stir unit mins | Mixes what is in a tank | Mix tank {} for {} minutes | {1} minutes of mixing in tank {0}
tank.seal unit | Locks the lid of a tank | Lock the lid of tank {} | Lid of tank {} has to be locked
gate.part door | Opens a door | Open door {} | Let me in by door {}
gate.bar door | Locks a door | Lock door {} | Nobody may pass door {}
gate.grant door badge | Lets the owner of a badge in | Let badge {1} through door {0} | Door {} should open for badge {}
gate.deny door badge | Keeps the owner of a badge out | Keep badge {1} out of door {0} | Door {} stays shut for badge {}
gate.visits door days | Returns who came in | Who used door {} in the last {} days? | Visitors at door {}, last {} days
fan.spin duct rpm | Sets the speed of a fan | Fan of duct {} at {} turns | Speed of the fan in duct {}: {} turns
fan.still duct | Stops a fan | Stop the fan in duct {} | Fan of duct {} off
fan.flip duct | Makes a fan blow the other way | Fan of duct {} the other way round | Turn the direction of the fan in duct {}
fan.beat duct mins | Lets a fan run now and then | Run the fan in duct {} every {} minutes | Fan of duct {} once in {} minutes
fan.worn duct | Returns how long a fan has run | How long has the fan in duct {} run? | Running time of the fan in duct {}
feed.dose bench ml | Gives liquid fertiliser | Give bench {} {} ml of fertiliser | {1} ml of fertiliser for bench {0}
feed.powder bench grams | Gives dry fertiliser | Give bench {} {} grams of fertiliser | {1} grams of fertiliser for bench {0}
feed.skip bench days | Gives no fertiliser for some days | No fertiliser on bench {} for {} days | Bench {} without fertiliser, {} days
feed.wash bench | Washes salts out of the soil | Wash the soil of bench {} | Salts out of bench {}
feed.split bench times | Divides the fertiliser of a day | Fertiliser on bench {} in {} parts a day | Divide the fertiliser of bench {} by {}
probe.read spot | Returns what a sensor shows now | What does sensor {} show? | Reading of sensor {}
probe.zero spot | Calibrates a sensor | Calibrate sensor {} | Sensor {} is off and needs calibrating
probe.tick spot mins | Sets how often a sensor measures | Sensor {} should measure every {} minutes | Measure with sensor {} each {} minutes
probe.mute spot | Leaves a sensor out of the control | Ignore sensor {} | Leave sensor {} out
probe.warn spot ppm | Sets the carbon dioxide from which a sensor warns | Sensor {} warns above {} ppm | Warning by sensor {} from {} ppm
bell.arm post | Switches an alarm on | Alarm {} on | Switch alarm {} on
bell.hush post mins | Silences an alarm for a while | Silence alarm {} for {} minutes | {1} minutes of quiet at alarm {0}
bell.dial post ext | Sets the telephone that an alarm calls | Alarm {} calls telephone {} | Telephone {1} gets the calls of alarm {0}
bell.drill post | Rings an alarm as an exercise | Ring alarm {} as an exercise | Exercise with alarm {}
bell.past post days | Returns when an alarm rang | When did alarm {} ring in the last {} days? | Rings of alarm {}, last {} days
""".strip().splitlines()  # noqa: E501 - a table
UNSEEN: Final = [
    "heat.floor", "vent.guard", "mist.gap", "glow.dusk", "veil.limit", "pump.swap", "tank.stir", "gate.grant",
    "fan.flip", "probe.zero",
]  # fmt: skip


class _Function(NamedTuple):
    name: str
    arguments: list[str]
    does: str
    requests: list[str]

    def request(self, pick: Chooser) -> tuple[str, str, str]:
        """Return a request, its call, and which document tells it."""
        place, number = pick.one(PLACES), ""
        values = {self.arguments[0]: f'"{place.lower()}"'}
        if len(self.arguments) == 2:
            number = str(pick.whole(*RANGES[self.arguments[1]]))
            values[self.arguments[1]] = number
        call = ", ".join(f"{argument}={value}" for argument, value in values.items())
        return pick.one(self.requests).format(place, number), f"{self.name}({call})", self.name


def _catalogue() -> dict[str, _Function]:
    functions = {}
    for line in CATALOGUE:
        head, does, *requests = line.split(" | ")
        name, *arguments = head.split()
        functions[name] = _Function(name, arguments, does, requests)
    return functions


def documents() -> Iterator[dict[str, str]]:
    """Yield the catalogue, one document a function."""
    for function in _catalogue().values():
        yield {
            "id": function.name,
            "title": f"{function.name}({', '.join(function.arguments)})",
            "text": f"{function.does}.",
        }


def examples(pick: Chooser) -> Iterator[tuple[str, str, str]]:
    """Yield requests for the functions that examples show, each equally often."""
    for function in pick.rounds([of for name, of in _catalogue().items() if name not in UNSEEN]):
        yield function.request(pick)


def items(pick: Chooser) -> Iterator[tuple[str, str, str]]:
    """Yield requests to score on, every third, less repetitions, for a function that no example shows."""
    catalogue, seen = _catalogue(), examples(pick)
    for name in pick.rounds(UNSEEN):
        yield next(seen)
        yield next(seen)
        yield catalogue[name].request(pick)
