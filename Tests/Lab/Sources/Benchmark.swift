// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Measures the cost in the kernel on the lab's clock: one instruction, one nanosecond.
struct Benchmark {
    typealias Figures = [Int]  // open/close, deep open/close, exec

    /// KubeArmor's figures, taken the same way on kernel 6.1.
    private static let others: [(title: String, figures: Figures)] = [
        ("KubeArmor: no agent", [9_360, 12_157, 240_016]),
        ("KubeArmor: no policy for the task", [10_283, 13_142, 244_701]),
        ("KubeArmor: 0 to 250 path rules", [25_355, 32_449, 276_061]),
        ("KubeArmor: a directory rule besides", [28_256, 37_316, 275_940]),
    ]

    let lab: Lab

    /// - Returns: everything was measured and every bar was met.
    func run() throws -> Bool {
        let guest = try prepare()
        print("measuring on kernel \(lab.kernel), console in \(guest.console)")
        fflush(nil)
        let ending = try Guest.run([guest])[0]
        let lines = try FileTree.text(guest.results).split(whereSeparator: \.isNewline)
        var figures: [Int: Figures] = [:]
        var problems: [String] = []
        for line in lines {
            let words = line.split(separator: " ")
            guard words.count > 1, let number = Int(words[1]), BenchmarkCase.all.indices.contains(number) else {
                continue
            }
            let values = words.dropFirst(2).compactMap { Int($0) }
            if words[0] == "R" && values.count == 3 {
                figures[number] = values
            } else {
                problems.append("\(BenchmarkCase.all[number].title): \(words.dropFirst(2).joined(separator: " "))")
            }
        }
        printTable(figures)
        for problem in problems { print("not measured: \(problem)") }
        guard figures.count == BenchmarkCase.all.count else {
            print(ending ?? "the guest did not measure everything; its console ends with:")
            print(guest.consoleTail())
            return false
        }
        return printBars(figures)
    }

    private func prepare() throws -> Guest {
        var files: [(path: String, content: [UInt8])] = [
            ("/lab/bench/run.sh", try FileTree.read("\(lab.source)/../Bench/guest/run.sh"))
        ]
        for (index, one) in BenchmarkCase.all.enumerated() {
            files += one.files(in: "/lab/bench/\(index)")
        }
        let image = "\(lab.output)/image-bench-\(lab.kernel).cpio"
        var builder = try GuestImage(stage: lab.stage, source: lab.source, output: lab.output)
        try FileTree.write(try builder.build(files: files), to: image)
        return Guest(
            kernel: try lab.kernelFile(), image: image, lsm: "bpf", console: "\(lab.output)/console-bench.log",
            results: "\(lab.output)/results-bench.txt", isClocked: true, silenceLimit: 600)
    }

    private func printTable(_ figures: [Int: Figures]) {
        print(
            "guest instructions an operation".padded(to: 42) + "open/close".padded(to: 20)
                + "deep open/close".padded(to: 20) + "vfork+exec+exit")
        for (index, one) in BenchmarkCase.all.enumerated() {
            if let values = figures[index] { printLine(one.title, values, against: index > 0 ? figures[0] : nil) }
        }
        for other in Self.others {
            let isBase = other.title == Self.others[0].title
            printLine(other.title, other.figures, against: isBase ? nil : Self.others[0].figures)
        }
    }

    private func printLine(_ title: String, _ figures: Figures, against base: Figures?) {
        var line = title.padded(to: 42)
        for (index, figure) in figures.enumerated() {
            let percent = base.map { " (\(Self.percent(figure, of: $0[index])))" } ?? ""
            line += (Self.grouped(figure) + percent).padded(to: 20)
        }
        print(line)
    }

    /// The bars of the design, as "at most so much of what".
    private func printBars(_ figures: [Int: Figures]) -> Bool {
        func figure(_ index: Int, _ column: Int) -> Int { figures[index]?[column] ?? 0 }
        let bars: [(text: String, figure: Int, of: Int, perMille: Int)] = [
            ("no policy for the task, open/close: at most +4 %", figure(2, 0), figure(0, 0), 1_040),
            ("10,000 rules, open/close: at most +30 %", figure(5, 0), figure(0, 0), 1_300),
            ("10,000 rules, exec: at most +3 %", figure(5, 2), figure(0, 2), 1_030),
            ("10,000 rules against 10, open/close: at most 1.15 times", figure(5, 0), figure(3, 0), 1_150),
            ("10,000 rules against 10, exec: at most 1.15 times", figure(5, 2), figure(3, 2), 1_150),
        ]
        var allMet = true
        for bar in bars {
            let met = bar.figure * 1_000 <= bar.of * bar.perMille
            allMet = allMet && met
            print("\(met ? "met   " : "MISSED") \(bar.text): \(Self.percent(bar.figure, of: bar.of))")
        }
        return allMet
    }

    /// "+12.3 %", rounded to a tenth.
    private static func percent(_ figure: Int, of base: Int) -> String {
        let perMille = ((figure - base) * 2_000 + (figure >= base ? base : -base)) / (2 * base)
        let sign = perMille < 0 ? "-" : "+"
        return "\(sign)\(abs(perMille) / 10).\(abs(perMille) % 10) %"
    }

    private static func grouped(_ number: Int) -> String {
        let digits = Array(String(number))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
