// SPDX-License-Identifier: Apache-2.0

/// An alert, a log or a message, with KubeArmor's fields under Swift names; an empty string is an absent field.
///
/// The fields are those of the protobuf messages `feeder.Alert`, `feeder.Log` and `feeder.Message`; `struct
/// kubearmor_record` of plugin.h is what feeders get of it.
public struct EventRecord: Sendable, Hashable {
    /// Which of the three messages this is.
    public enum Kind: UInt32, Sendable {
        case alert = 1
        case log = 2
        case message = 3
    }

    /// One key with its value.
    public struct Pair: Sendable, Hashable {
        public var key: String
        public var value: String

        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    public var kind: Kind
    /// One number a record, ascending from 1; given when the record is handed on.
    public var sequence: UInt64 = 0
    /// Seconds since 1970, UTC.
    public var timestamp: Int64 = 0
    /// `2006-01-02T15:04:05.000000Z`
    public var updatedTime = ""

    // Where.
    public var clusterName = ""
    public var hostName = ""
    public var hostIP = ""
    public var nodeID = ""
    public var namespaceName = ""
    public var podName = ""
    public var labels = ""
    public var containerID = ""
    public var containerName = ""
    public var containerImage = ""

    // Who.
    public var hostPID: UInt32 = 0
    public var hostPPID: UInt32 = 0
    public var pid: UInt32 = 0
    public var ppid: UInt32 = 0
    public var uid: UInt32 = 0
    public var userName = ""
    public var parentProcessName = ""
    public var processName = ""
    public var cwd = ""
    public var tty = ""
    public var execID = ""
    public var execName = ""

    // What.
    /// `MatchedHostPolicy`, `HostLog` and so on: the field Type.
    public var recordType = ""
    public var source = ""
    public var operation = ""
    public var resource = ""
    public var data = ""
    public var eventData: [Pair] = []
    public var result = ""

    // Why.
    public var enforcer = ""
    public var action = ""
    public var policyName = ""
    public var severity = ""
    public var tags: [String] = []
    public var message = ""
    /// Of notices of throttling: how many alerts a second are too many, and for how many seconds the rule is silent.
    public var maxAlertsPerSec: Int32 = 0
    public var droppingAlertsInterval: Int32 = 0
    /// Of messages: INFO, WARN, ERROR.
    public var level = ""
    public var kubearmorVersion = ""

    public init(kind: Kind) { self.kind = kind }
}
