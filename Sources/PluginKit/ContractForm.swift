// SPDX-License-Identifier: Apache-2.0
internal import PluginABI

extension Statistic {
    /// The struct of the contract with this number.
    var contractForm: kubearmor_stat {
        var stat = kubearmor_stat()
        stat.struct_size = UInt32(MemoryLayout<kubearmor_stat>.size)
        write(name, to: &stat.name)
        stat.value = value
        return stat
    }
}

extension ProbeResult {
    /// Writes the result into the daemon's struct, as far as that reaches. `place` is used during the call only.
    func store(into place: UnsafeMutablePointer<kubearmor_probe>?) throws(PluginFailure) {
        guard let place else { throw .missing("the probe's result") }
        let size = Int(sizeOf(UnsafeRawPointer(place)))
        guard size >= leastStructSize else { throw .missing("the probe's result") }
        var probe = kubearmor_probe()
        probe.usable = usable ? 1 : 0
        write(reason, to: &probe.reason)
        write(mode, to: &probe.mode)
        write(capabilities.joined(separator: " "), to: &probe.capabilities)
        PluginKit.store(probe, into: UnsafeMutableRawPointer(place), size: size)
    }
}

extension WorkloadSnapshot {
    /// The struct of the contract with this workload.
    var contractForm: kubearmor_snapshot {
        kubearmor_snapshot(
            struct_size: UInt32(MemoryLayout<kubearmor_snapshot>.size), classes: classes, workload: workload,
            generation: generation, digest: digest, bytes: bytes)
    }
}
