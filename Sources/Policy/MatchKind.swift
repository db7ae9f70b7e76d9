// SPDX-License-Identifier: Apache-2.0

/// How a rule's object is to be read. The raw values are those of `KUBEARMOR_MATCH_…` in plugin.h.
public enum MatchKind: UInt16, Sendable, Hashable, CaseIterable {
    /// An absolute path.
    case path = 1
    /// The last component of a path.
    case execname = 2
    /// A directory; the object ends in `/`.
    case directory = 3
    /// A glob.
    case pattern = 4
    /// A protocol or socket type.
    case `protocol` = 5
    /// A capability such as `net_raw`.
    case capability = 6
    /// A system call's name.
    case syscall = 7
    /// A DNS name.
    case domain = 8
    /// A preset's name.
    case preset = 9
    /// Text in the enforcer's own language.
    case native = 10
    /// Everything of the class; the object is empty.
    case any = 11
}
