"""Builds a Mininet network of one bridge and as many hosts as the first argument says, and prints how long that took.

Runs inside network, mount and PID namespaces of its own. Mininet's wish to raise the machine's limits (fs.file-max and the like,
which no namespace holds back) is not granted; that only makes it faster.
"""

import sys
from json import dumps
from time import monotonic

from mininet.net import Mininet
from mininet.node import Switch

Mininet.inited = True


class IpBridge(Switch):
    """A Linux bridge made with ip(8): neither Open vSwitch nor brctl is needed."""

    def start(self, _controllers):
        self.cmd("ip link add name", self, "type bridge")
        for intf in self.intfList():
            if self.name in intf.name:
                self.cmd("ip link set", intf, "master", self)
        self.cmd("ip link set", self, "up")

    def stop(self, deleteIntfs=True):
        self.cmd("ip link delete", self, "type bridge")
        super().stop(deleteIntfs)


def main():
    count = int(sys.argv[1])
    before = monotonic()
    net = Mininet(switch=IpBridge, controller=None)
    switch = net.addSwitch("s1")
    for index in range(count):
        net.addLink(net.addHost(f"h{index + 1}"), switch)
    net.start()
    started = monotonic()
    lost = net.ping([net.hosts[0], net.hosts[-1]])
    tested = monotonic()
    net.stop()
    print(dumps({"startMs": (started - before) * 1000, "stopMs": (monotonic() - tested) * 1000, "lost": lost}))


main()
