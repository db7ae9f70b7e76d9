// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The benches of user space's event path; `make bench` prints them.
let usage = "usage: kubearmor-bench throughput [EVENTS]"

let words = Array(CommandLine.arguments.dropFirst())
let number = words.count > 1 ? Int(words[1]) : nil
let isMet: Bool
switch words.first {
case "throughput": isMet = Throughput.run(number ?? 2_000_000)
default:
    print(usage)
    exit(64)
}
exit(isMet ? 0 : 1)
