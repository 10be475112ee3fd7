"""The product as a library: a run that builds, serves, simulates and proxies a panel, and tells of it."""

from devkit.app.cloud import ServedCloud as ServedCloud
from devkit.app.cloud import open_cloud as open_cloud
from devkit.app.run import PanelFiles as PanelFiles
from devkit.app.run import PanelRun as PanelRun
from devkit.app.run import ProxyUse as ProxyUse
from devkit.app.simulation import open_simulator as open_simulator
