// SPDX-License-Identifier: Apache-2.0
import EventViews
import Testing

@Suite("Rates of workloads and rules")
struct RateTableTests {
    private var table: RateTable {
        var table = RateTable()
        table.know("idle/pod", rules: 3)
        for _ in 0..<5 { table.add(Lines.log("File", "/x")) }
        table.add(Lines.line(Lines.alert))
        table.add(Lines.line(Lines.message))
        return table
    }

    @Test("Alerts, blocked ones and logs are counted by workload, alerts by policy")
    func counts() {
        let lines = table.lines(seconds: 2, order: .rate)
        let cells = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(cells[0] == ["WORKLOAD", "RULES", "ALERTS/S", "BLOCKED/S", "LOGS/S", "ALERTS", "LOGS"])
        #expect(cells[1] == ["node-1", "-", "0.0", "0.0", "2.5", "0", "5"])
        #expect(cells[2] == ["shop/web-1/nginx", "-", "0.5", "0.5", "0.0", "1", "0"])
        #expect(cells[3] == ["idle/pod", "3", "0.0", "0.0", "0.0", "0", "0"])
        #expect(cells.last == ["ksp-block", "Process", "Block", "shop/web-1/nginx", "0.5", "1"])
        #expect(table.json(seconds: 2, order: .rate).contains(#""logs_per_second": "2.5""#))
    }

    @Test("A new interval begins with no rate and keeps the totals")
    func intervals() {
        var table = table
        table.restart()
        let cells = table.lines(seconds: 1, order: .total)[1].split(separator: " ").map(String.init)
        #expect(cells == ["node-1", "-", "0.0", "0.0", "0.0", "0", "5"])
    }

    @Test("Rows are ordered as asked, and as many as there is room for", arguments: RateTable.Order.allCases)
    func order(order: RateTable.Order) {
        let first = table.lines(seconds: 1, order: order)[1].split(separator: " ").first
        #expect(first == (order == .name ? "idle/pod" : "node-1"))
        var table = table
        for index in 0..<100 { table.know("w\(index)", rules: 0) }
        for rows in [8, 20, 40] {
            let lines = table.lines(seconds: 1, order: order, rows: rows)
            #expect(lines.count <= rows)
            #expect(lines.contains { $0.hasPrefix("ksp-block") })
        }
    }
}
