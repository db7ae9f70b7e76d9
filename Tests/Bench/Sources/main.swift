// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// The benches of user space's event path; `make bench` prints them.
let usage = "usage: kubearmor-bench throughput [EVENTS] | flood [EVENTS] | latency [SECONDS]"

// As the daemon does.
kubearmor_bound_memory()

let words = Array(CommandLine.arguments.dropFirst())
let number = words.count > 1 ? Int(words[1]) : nil
let isMet: Bool
switch words.first {
case "throughput": isMet = Throughput.run(number ?? 2_000_000)
case "flood": isMet = Flood.run(number ?? 5_000_000)
case "latency": isMet = Latency.run(rate: 10_000, seconds: number ?? 5)
default:
    print(usage)
    exit(64)
}
exit(isMet ? 0 : 1)
