// SPDX-License-Identifier: Apache-2.0
//
// kubearmor-fuzz TARGET [libFuzzer's options] [folders and files of inputs]
import Glibc

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ target: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

guard CommandLine.argc > 1, let target = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")
    Failure.write("usage: Fuzz \(names) [option of libFuzzer]… [folder or file]…")
    exit(2)
}
FuzzTarget.chosen = target

// libFuzzer sees the program's name and then everything after the target's.
var count = CommandLine.argc - 1
var words = CommandLine.unsafeArgv + 1
words[0] = CommandLine.unsafeArgv[0]
exit(
    runDriver(&count, &words) { bytes, count in
        FuzzTarget.chosen.run(UnsafeBufferPointer(start: bytes, count: count))
        return 0
    })
