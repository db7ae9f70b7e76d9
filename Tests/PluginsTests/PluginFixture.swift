// SPDX-License-Identifier: Apache-2.0
import Glibc
import Plugins

/// A directory for plugins that are compiled for one test; removed with it.
final class PluginFixture: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let directory: String

    init() throws {
        var template = Array("/tmp/kubearmor-plugins-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(description: "mkdtemp: errno \(errno)") }
        directory = template.withUnsafeBufferPointer { buffer in
            String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    deinit {
        _ = try? Self.run("rm -rf '\(directory)'")
    }

    /// Compiles one plugin and returns its path. The definitions are macros of Fixtures/plugin.c; `file` is its
    /// name when it is not the right one.
    @discardableResult
    func build(_ kind: PluginKind, _ name: String, _ definitions: [String] = [], file: String? = nil, link: String = "")
        throws -> String
    {
        let path = "\(directory)/\(file ?? "kubearmor-\(kind.name)-\(name).so")"
        let macros = (["KIND=\(kind.rawValue)", "NAME=\"\(name)\""] + definitions).map { "'-D\($0)'" }
        let tests = Self.directory(of: #filePath)
        let include = "\(Self.directory(of: Self.directory(of: tests)))/Sources/PluginABI/include"
        try Self.run(
            "clang -x c -std=gnu2x -shared -fPIC -Wno-unreachable-code -I'\(include)' "
                + "\(macros.joined(separator: " ")) -o '\(path)' '\(tests)/Fixtures/plugin.c' \(link)")
        chmod(path, 0o755)
        return path
    }

    /// The registry of this directory, scanned and probed.
    func probed(_ services: any PluginServices = SilentServices()) -> PluginRegistry {
        let registry = PluginRegistry(directories: [directory], services: services)
        registry.scan()
        registry.probe()
        return registry
    }

    /// The report of the plugin with this name (or, when that cannot be read, this file name).
    func report(_ name: String) throws -> PluginReport {
        let reports = probed().reports()
        guard let report = reports.first(where: { $0.name == name }) else {
            throw Failure(description: "no report of \(name) among \(reports)")
        }
        return report
    }

    static func directory(of path: String) -> String {
        path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    }

    static func run(_ command: String) throws {
        let status = system(command)
        guard status == 0 else { throw Failure(description: "\(command): status \(status)") }
    }

    /// Changes bytes of a file.
    static func patch(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
        guard let file = fopen(path, "r+"), fseek(file, offset, SEEK_SET) == 0,
            fwrite(bytes, 1, bytes.count, file) == bytes.count, fclose(file) == 0
        else { throw Failure(description: "cannot patch \(path): errno \(errno)") }
    }

    /// The program that was built beside the tests, nil when it has no `plugins` command.
    static let program: String? = {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        let program = directory(of: String(cString: path)) + "/kubearmor"
        guard access(program, X_OK) == 0 else { return nil }
        return system("'\(program)' plugins list --help >/dev/null 2>&1") == 0 ? program : nil
    }()
}
