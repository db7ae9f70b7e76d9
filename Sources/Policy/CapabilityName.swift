// SPDX-License-Identifier: Apache-2.0

/// The names of capabilities, in lower case without `cap_`; a name's place is the capability's number.
public enum CapabilityName {
    public static let all = [
        "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
        "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
        "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
        "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
        "mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
        "checkpoint_restore",
    ]

    private static let numbers = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1, UInt32($0)) })

    /// The number of the capability; nil for a name that Linux does not know.
    public static func number(of name: String) -> UInt32? { numbers[name] }
}
