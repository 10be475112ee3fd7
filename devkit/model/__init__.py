"""Thing models: reading, checking, defaults and values."""

from devkit.model.data_template import load_model as load_model
from devkit.model.data_template import read_model as read_model
from devkit.model.thing_model import Action as Action
from devkit.model.thing_model import Event as Event
from devkit.model.thing_model import Field as Field
from devkit.model.thing_model import Property as Property
from devkit.model.thing_model import ThingModel as ThingModel
