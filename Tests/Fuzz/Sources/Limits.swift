// SPDX-License-Identifier: Apache-2.0
import Glibc

/// How much time one input may take, in CPU seconds. libFuzzer's own limit is of the wall clock, which other programs
/// of a busy machine move; the Makefile sets it high, for hangs.
enum Limits {
    /// One second is what users are promised; instrumented, the parser takes 1.7 times as long and meets it all the
    /// same.
    static let parsing = 1.0
    /// One second too, for the instrumented compiler takes 3.3 times as long as the one that users have.
    static let compiling = 3.3

    /// `make test` runs on machines of any speed: there KUBEARMOR_FUZZ_SLACK leaves what is slow to `make fuzz`, and
    /// only what grows without bound fails.
    private static let slack = getenv("KUBEARMOR_FUZZ_SLACK").flatMap { Double(String(cString: $0)) } ?? 1

    /// Fails when `body`, which is nothing but the tested code, takes longer than `limit`.
    static func timed<Result, Failed: Error>(
        _ limit: Double, _ body: () throws(Failed) -> Result
    ) throws(Failed) -> Result {
        let began = clock()
        defer {
            let taken = clock() - began
            if taken > limit * slack { Failure.report("took \(taken) s, at most \(limit) s are allowed") }
        }
        return try body()
    }

    private static func clock() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
