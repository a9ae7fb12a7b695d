/*
 * The PCI bus, enumerated once. A driver opens its device and gets Memory for its own BARs and an Irq bound to its
 * own MSI-X vector: never configuration space, never the page that holds the MSI-X table.
 * All operations may be repeated. What a driver is given is its own and ends with it; opening the device again makes
 * new ones, and the old Irq of a vector is never signalled again.
 */
#pragma once

/* Who may ask what: the bus may be opened and listed, by the listing badge only listed; devices have badges above. */
enum pci_badge { PCI_BADGE_BUS = 0, PCI_BADGE_LISTING = 1 };

enum pci_operation {
    /* words: vendor, device, index (0 = first such). Answer: capability of the device. ERROR_NOT_FOUND */
    PCI_OPEN = 0x600,
    /* on a device: words: BAR 0..5. Answer: Memory capability; words: bytes. ERROR_NOT_FOUND: no memory BAR there;
     * ERROR_PERMISSION: it holds the MSI-X table */
    PCI_BAR = 0x601,
    /* on a device: words: index. Answer: the index-th vendor-specific capability (id 9) as words: its dwords 0..5 */
    PCI_CAPABILITY = 0x602,
    /* on a device: words: vector number in its MSI-X table. Answer: Irq capability with CONTROL, unmasked in the table
     */
    PCI_INTERRUPT = 0x603,
    /* words: buffer length; lease 0 (write): struct pci_record array. Answer: count */
    PCI_LIST = 0x604,
};

struct pci_record {
    unsigned short bus, slot, function, vendor, device, class_code; /* class << 8 | subclass */
};
