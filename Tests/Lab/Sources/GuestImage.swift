// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Builds what a guest boots from: busybox, the staged product with all its libraries, the guest tools.
struct GuestImage {
    let stage: String  // absolute
    let source: String  // Tests/Lab
    let output: String
    private var archive = CPIOArchive()
    private var added: Set<String> = []

    init(stage: String, source: String, output: String) throws {
        self.stage = try FileTree.resolved(stage)
        self.source = source
        self.output = output
    }

    /// The archive with modules of `kernel` (its vmlinuz) and `files` (path in the guest, content) besides.
    mutating func build(
        kernel: String, lsm: String, files: [(path: String, content: [UInt8])]
    ) throws -> [UInt8] {
        addSystem()
        if lsm.contains("selinux") { try addPolicy() }
        try addModules(of: kernel)
        try addTools()
        try addProduct()
        try addProfileCompiler()
        try addRuntime()
        for file in files { archive.addFile(file.path, file.content) }
        archive.finish()
        return archive.bytes
    }

    private mutating func addSystem() {
        let folders = [
            "/bin", "/dev", "/etc/kubearmor/policies", "/lab/bin", "/proc", "/root", "/run", "/sbin", "/sys",
        ]
        for folder in folders { archive.addFolder(folder) }
        archive.addFolder("/tmp", mode: 0o1777)
        archive.addCharacterDevice("/dev/console", major: 5, minor: 1)
        archive.addCharacterDevice("/dev/null", major: 1, minor: 3)
        let files = [
            ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser1:x:1000:1000::/tmp:/bin/sh\n"),
            ("/etc/group", "root:x:0:\nuser1:x:1000:\n"),
            ("/etc/machine-id", "6b756265 61726d6f 72206c61 62000001\n".filter { $0 != " " }),
            ("/etc/hostname", "lab\n"),
            ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
            ("/etc/os-release", "ID=lab\nPRETTY_NAME=\"KubeArmor lab\"\n"),
        ]
        for (path, text) in files { archive.addFile(path, Array(text.utf8)) }
    }

    /// What scenarios load by insmod: /lab/modules/overlay.ko.
    private mutating func addModules(of kernel: String) throws {
        let modules = kernel.replacing("/vmlinuz", with: "/lib/modules")
        guard let version = try FileTree.names(in: modules).first else {
            throw LabError("\(modules) is empty: delete the kernel's folder, it is fetched again")
        }
        let file = "\(modules)/\(version)/kernel/fs/overlayfs/overlay.ko"
        let plain = "\(output)/overlay-\(version).ko"
        if !FileTree.exists(file) {
            let unpack = try Subprocess.run(
                ["sh", "-c", "xz -dc \"$0\" >\"$1\"", "\(file).xz", plain], scratch: output)
            guard unpack.status == 0 else { throw LabError("\(file).xz cannot be unpacked: \(unpack.output)") }
        }
        archive.addFolder("/lab/modules")
        archive.addFile("/lab/modules/overlay.ko", try FileTree.read(FileTree.exists(file) ? file : plain))
    }

    private mutating func addTools() throws {
        archive.addFile("/bin/busybox", try FileTree.read(try busybox()), mode: 0o755)
        archive.addFile("/init", try FileTree.read("\(source)/guest/init.sh"), mode: 0o755)
        let programs = "\(output)/guest"
        let compile = try Subprocess.run(["sh", "\(source)/guest.sh", programs], scratch: output)
        guard compile.status == 0 else { throw LabError("the guest's programs do not compile:\n\(compile.output)") }
        for name in try FileTree.names(in: programs) {
            archive.addFile("/lab/bin/\(name)", try FileTree.read("\(programs)/\(name)"), mode: 0o755)
        }
        for name in ["start", "stop", "kill", "reload", "restart"] {
            archive.addLink("/lab/bin/daemon-\(name)", to: "labctl")
        }
    }

    private func busybox() throws -> String {
        for path in ["/bin/busybox", "/usr/bin/busybox"] where FileTree.exists(path) { return path }
        throw LabError("busybox is missing: apt-get install busybox-static")
    }

    private mutating func addProduct() throws {
        guard FileTree.exists("\(stage)/usr/bin/kubearmor") else {
            throw LabError("\(stage)/usr/bin/kubearmor is missing: run make build")
        }
        try addStaged("/usr")
    }

    /// What the enforcer apparmor runs, from this machine.
    private mutating func addProfileCompiler() throws {
        for path in ["/usr/sbin/apparmor_parser", "/etc/apparmor/parser.conf", "/usr/share/apparmor-features/features"]
        {
            // At /sbin on machines where that is no link.
            let file = FileTree.exists(path) ? path : path.replacing("/usr/sbin", with: "/sbin")
            guard FileTree.exists(file) else {
                throw LabError("\(path) is missing: apt-get install apparmor")
            }
            archive.addFile(path, try FileTree.read(file), mode: path.hasSuffix("parser") ? 0o755 : 0o644)
        }
    }

    /// runc, from this machine, and what makes bundles for it.
    private mutating func addRuntime() throws {
        guard let file = ["/usr/sbin/runc", "/usr/bin/runc"].first(where: FileTree.exists) else {
            throw LabError("runc is missing: apt-get install runc")
        }
        archive.addFile("/usr/bin/runc", try FileTree.read(file), mode: 0o755)
        try addLibraries(of: file)
        archive.addFile("/lab/bin/labbundle", try FileTree.read("\(source)/guest/labbundle.sh"), mode: 0o755)
    }

    /// SELinux's policy of the distribution, where the enforcer looks for it and where the guest's runner does.
    private mutating func addPolicy() throws {
        let folder = try FileTree.resolved(output) + "/selinux"
        let fetch = try Subprocess.run(["sh", "\(source)/policy.sh", folder], scratch: output)
        guard fetch.status == 0 else { throw LabError(fetch.output) }
        let policy = try FileTree.read("\(folder)/policy.33")
        archive.addFile("/etc/selinux/config", Array("SELINUX=enforcing\nSELINUXTYPE=default\n".utf8))
        archive.addFile("/etc/selinux/default/policy/policy.33", policy)
        archive.addLink("/lab/selinux/policy", to: "/etc/selinux/default/policy/policy.33")
        archive.addFile("/lab/selinux/labels", try FileTree.read("\(source)/guest/labels"))
        archive.addFile("/lab/selinux/run.sh", try FileTree.read("\(source)/guest/selinux.sh"))
        archive.addFolder("/var/lib/kubearmor")
    }

    /// Adds a folder of the staged tree, and the libraries of every program and library in it.
    private mutating func addStaged(_ folder: String) throws {
        archive.addFolder(folder)
        for name in try FileTree.names(in: stage + folder) {
            let path = "\(folder)/\(name)"
            if FileTree.isFolder(stage + path) {
                try addStaged(path)
                continue
            }
            if let target = try FileTree.target(ofLink: stage + path) {
                archive.addLink(path, to: target)
                continue
            }
            // What links gRPC is half of the image, and who it talks to is in no guest.
            if ["-containerd.so", "-cri.so", "-grpc.so"].contains(where: name.hasSuffix) { continue }
            let content = try FileTree.read(stage + path)
            let isProgram = access(stage + path, X_OK) == 0
            archive.addFile(path, content, mode: isProgram ? 0o755 : 0o644)
            if content.starts(with: [0x7f, 0x45, 0x4c, 0x46]) { try addLibraries(of: stage + path) }
        }
    }

    /// ldd resolves recursively; lines are "name => path (address)" or "/path (address)".
    private mutating func addLibraries(of file: String) throws {
        let swift = "\(stage)/usr/lib/kubearmor/swift"
        let result = try Subprocess.run(
            ["env", "LD_LIBRARY_PATH=\(swift)", "ldd", file], scratch: output)
        for line in result.output.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if line.contains("not found") { throw LabError("\(file) needs a library that is missing:\(line)") }
            guard let path = words.last(where: { $0.hasPrefix("/") }).map(String.init) else { continue }
            if path.hasPrefix(stage) || !added.insert(path).inserted { continue }
            archive.addFile(path, try FileTree.read(path), mode: 0o755)
        }
    }
}
