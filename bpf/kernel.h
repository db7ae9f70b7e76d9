/* SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0) */
/*
 * The few kernel types that the programs read, with only the members they read.
 * CO-RE finds the real offsets at load time, so no vmlinux.h is checked in.
 * Members that came or went are asked for with bpf_core_field_exists.
 */
#ifndef KUBEARMOR_BPF_KERNEL_H
#define KUBEARMOR_BPF_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
typedef __s32 int32_t;
typedef __s64 int64_t;

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#ifndef NULL
#define NULL ((void *)0)
#endif

#define EACCES 13
#define EPERM 1

#define O_ACCMODE 00000003
#define O_TRUNC 00001000
/* Set by the kernel's own opens for execve only; open(2) cannot pass it. */
#define FMODE_EXEC_FLAG 0x20

#define TMPFS_MAGIC 0x01021994
#define HUGETLBFS_MAGIC 0x958458f6

#define FMODE_READ 0x1
#define FMODE_WRITE 0x2
/* Of files that the kernel opens below another one, as overlayfs does. */
#define FMODE_NOACCOUNT 0x20000000

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct qstr {
	union {
		struct {
			__u32 hash;
			__u32 len;
		};
		__u64 hash_len;
	};
	const unsigned char *name;
};

typedef struct {
	__u32 val;
} kuid_t;

struct super_block;

struct inode {
	kuid_t i_uid;
	unsigned short i_mode;
	unsigned int i_nlink;
	unsigned long i_ino;
	struct super_block *i_sb;
};

struct list_head {
	struct list_head *next;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	struct list_head s_mounts;
};

/* A number that is odd while what it guards is written. */
struct seqcount {
	__u32 sequence;
};

struct dentry {
	struct seqcount d_seq;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
	unsigned char d_iname[32]; /* at least; until 6.13 */
};

union shortname_store {
	unsigned char string[32];
};

/* Since 6.14. */
struct dentry___shortname {
	union shortname_store d_shortname;
};

struct mnt_namespace {
	struct mount *root;
	__u64 seq; /* a number of its own; 0: no process is in it, and none can be */
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct list_head mnt_instance;
	struct list_head mnt_mounts; /* those on it */
	struct list_head mnt_child;  /* the next one on the same */
	struct mnt_namespace *mnt_ns;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	unsigned int f_mode;
	void *private_data;
};

struct filename {
	const char *name;
};

struct linux_binprm {
	struct mm_struct *mm;
	unsigned long p; /* lowest byte of argv in mm's stack */
	int argc;
	struct file *file;
	const char *filename;
	const char *interp;
};

struct open_flags {
	int open_flag;
	int lookup_flags;
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct mm_struct {
	void *pgd;
	struct file *exe_file;
	unsigned long arg_start;
	unsigned long arg_end;
	unsigned long saved_auxv[2]; /* at least */
};

struct tty_struct {
	char name[64];
};

struct signal_struct {
	struct tty_struct *tty;
	struct {
		int counter;
	} live; /* threads that have not ended */
	unsigned int flags;
	int group_exit_code;
};

struct cred {
	kuid_t uid;
	kuid_t fsuid;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	struct kernfs_node *kn;
	int level;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct pid_namespace {
	int level; /* never read: only the address counts */
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct pid {
	unsigned int level;
	struct hlist_head tasks[4];
	struct upid numbers[1];
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct thread_info {
	unsigned long flags;
	__u32 status;
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
	} in6_u;
};

struct sock_common {
	__u32 skc_daddr; /* these big endian, ports but skc_num too */
	__u32 skc_rcv_saddr;
	__u16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
	__u16 sk_type;
};

struct socket {
	short type;
	struct sock *sk;
};

/* Where a message goes that is sent in pieces. */
struct flowi4 {
	union {
		struct {
			__u16 dport;
		} ports;
	} uli;
};

struct flowi6 {
	union {
		struct {
			__u16 dport;
		} ports;
	} uli;
};

struct flowi {
	union {
		struct flowi4 ip4;
		struct flowi6 ip6;
	} u;
};

struct inet_cork_full {
	struct flowi fl;
};

struct inet_sock {
	struct inet_cork_full cork;
};

struct udp_sock {
	__u16 gso_size;
	int pending; /* the family of a message of which pieces have been sent; 0: none */
};

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[];
};

struct unix_sock {
	struct unix_address *addr;
	struct path path;
	struct sock *peer;
};

/* What a task brought into the kernel. */
struct pt_regs {
#ifdef __TARGET_ARCH_x86
	unsigned long bx;
	unsigned long dx;
	unsigned long orig_ax;
#else
	__u64 regs[31];
	__s32 syscallno;
#endif
};

struct iovec {
	void *iov_base;
	__u64 iov_len;
};

struct iov_iter {
	__u8 iter_type; /* enum iter_type */
	__u64 iov_offset;
	__u64 count;
	const struct iovec *iov; /* until 6.3 */
	void *ubuf;
	unsigned long nr_segs;
};

/* Since 6.4. */
struct iov_iter___underscored {
	const struct iovec *__iov;
};

enum iter_type {
	ITER_IOVEC,
	ITER_KVEC,
	ITER_UBUF,
};

struct cmsghdr {
	__u64 cmsg_len;
	int cmsg_level;
	int cmsg_type;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
	struct iov_iter msg_iter;
	void *msg_control;
	__u64 msg_controllen;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct task_struct {
	int pid;
	int tgid;
	int exit_code;
	struct pid *thread_pid;
	struct hlist_node pid_links[4];
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	__u64 start_boottime;
	__u32 self_exec_id;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct signal_struct *signal;
	struct cred *cred;
	struct css_set *cgroups;
	struct nsproxy *nsproxy;
	char comm[16];
	unsigned int flags;
	struct thread_info thread_info;
};

struct bpf_map {
	__u32 id;
	char name[16];
};

struct bpf_prog_aux {
	__u32 id;
	char name[16];
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

struct vm_area_struct {
	unsigned long vm_flags;
	void *anon_vma; /* when pages of its own are in it */
	struct file *vm_file;
};

#pragma clang attribute pop

/* A struct mount is what the kernel keeps around the struct vfsmount that others see. */
static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline struct vfsmount *vfsmount_of(struct mount *mount)
{
	return (void *)mount + bpf_core_field_offset(struct mount, mnt);
}

#endif
