// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Measures the cost in the kernel on the lab's clock: one instruction, one nanosecond.
struct Benchmark {
    typealias Figures = [Int]  // open/close, deep open/close, exec, write and read

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
            if words[0] == "R" && values.count == 4 {
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
        let kernel = try lab.kernelFile()
        try FileTree.write(try builder.build(kernel: kernel, lsm: "bpf", files: files), to: image)
        return Guest(
            kernel: kernel, image: image, lsm: "bpf", console: "\(lab.output)/console-bench.log",
            results: "\(lab.output)/results-bench.txt", isClocked: true, silenceLimit: 600)
    }

    private func printTable(_ figures: [Int: Figures]) {
        print(
            "guest instructions an operation".padded(to: 42) + "open/close".padded(to: 20)
                + "deep open/close".padded(to: 20) + "vfork+exec+exit".padded(to: 20) + "write+read")
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

    /// The bars, in instructions more than the figure they are held against.
    private func printBars(_ figures: [Int: Figures]) -> Bool {
        func figure(_ index: Int, _ column: Int) -> Int { figures[index]?[column] ?? 0 }
        let bars: [(text: String, figure: Int, of: Int, most: Int)] = [
            ("no policy for the task, open/close", figure(2, 0), figure(0, 0), 300),
            ("10,000 rules, open/close", figure(5, 0), figure(0, 0), 1_600),
            ("10,000 rules, deep open/close", figure(5, 1), figure(0, 1), 2_000),
            ("10,000 rules, exec", figure(5, 2), figure(0, 2), 3_600),
            ("10,000 rules, write and read of an open file", figure(5, 3), figure(0, 3), 60),
            ("10,000 rules against 10, open/close", figure(5, 0), figure(3, 0), figure(3, 0) / 20),
            ("10,000 rules against 10, exec", figure(5, 2), figure(3, 2), figure(3, 2) / 20),
        ]
        var allMet = true
        for bar in bars {
            let more = bar.figure - bar.of
            allMet = allMet && more <= bar.most
            print("\(more <= bar.most ? "met   " : "MISSED") \(bar.text): \(more) more, at most \(bar.most)")
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
