// SPDX-License-Identifier: Apache-2.0
import Events

/// Runs what blocks beside the threads that tasks share.
enum Blocking {
    static func run(name: String, _ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DedicatedThread.startOrRun(name: name) {
                body()
                continuation.resume()
            }
        }
    }
}
