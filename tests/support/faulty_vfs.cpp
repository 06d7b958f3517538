#include "tests/support/faulty_vfs.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <map>
#include <mutex>

namespace wsd::test {
namespace {

faulty_vfs::faults current;
sqlite3_vfs registered{};

struct disk {
    std::mutex mutex;
    std::string synced;
    std::map<sqlite3_int64, std::string> unsynced; // by offset
} database;

struct faulty_file {
    sqlite3_file base;
    bool is_database;
    // The real file follows in memory.
};

sqlite3_vfs* real_vfs() { return static_cast<sqlite3_vfs*>(registered.pAppData); }
sqlite3_file* real(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<faulty_file*>(file) + 1);
}
const sqlite3_io_methods* methods(sqlite3_file* file) { return real(file)->pMethods; }
bool is_database(sqlite3_file* file) { return reinterpret_cast<faulty_file*>(file)->is_database; }

int close_file(sqlite3_file* file) { return methods(file)->xClose(real(file)); }

int read_file(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
    if (current.read_fails) return SQLITE_IOERR_READ;
    return methods(file)->xRead(real(file), to, count, offset);
}

int write_file(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
    if (current.write_fails) return SQLITE_IOERR_WRITE;
    if (current.disk_full) {
        sqlite3_int64 size = 0;
        methods(file)->xFileSize(real(file), &size);
        if (offset + count > size) return SQLITE_FULL;
    }
    if (is_database(file)) {
        const std::lock_guard lock(database.mutex);
        database.unsynced[offset] = std::string(static_cast<const char*>(from), static_cast<std::size_t>(count));
    }
    return methods(file)->xWrite(real(file), from, count, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) { return methods(file)->xTruncate(real(file), size); }

bool sync_fails(sqlite3_file* file) {
    if (current.sync_fails) return true;
    if (is_database(file) && current.database_sync_fails.exchange(false)) return true;
    return current.syncs_until_failure >= 0 && current.syncs_until_failure-- == 0;
}

int sync_file(sqlite3_file* file, int flags) {
    ++current.syncs;
    const bool fails = sync_fails(file);
    if (is_database(file)) {
        const std::lock_guard lock(database.mutex);
        for (const auto& [offset, octets] : database.unsynced) {
            if (fails) break;
            const auto at = static_cast<std::size_t>(offset);
            if (database.synced.size() < at + octets.size()) database.synced.resize(at + octets.size());
            database.synced.replace(at, octets.size(), octets);
        }
        database.unsynced.clear();
    }
    return fails ? SQLITE_IOERR_FSYNC : methods(file)->xSync(real(file), flags);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) { return methods(file)->xFileSize(real(file), size); }
int lock_file(sqlite3_file* file, int level) { return methods(file)->xLock(real(file), level); }
int unlock_file(sqlite3_file* file, int level) { return methods(file)->xUnlock(real(file), level); }
int check_lock(sqlite3_file* file, int* held) { return methods(file)->xCheckReservedLock(real(file), held); }
int file_control(sqlite3_file* file, int what, void* data) {
    return methods(file)->xFileControl(real(file), what, data);
}
int sector_size(sqlite3_file* file) { return methods(file)->xSectorSize(real(file)); }
int characteristics(sqlite3_file* file) { return methods(file)->xDeviceCharacteristics(real(file)); }
int shm_map(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
    return methods(file)->xShmMap(real(file), page, size, extend, to);
}
int shm_lock(sqlite3_file* file, int offset, int count, int flags) {
    return methods(file)->xShmLock(real(file), offset, count, flags);
}
void shm_barrier(sqlite3_file* file) { methods(file)->xShmBarrier(real(file)); }
int shm_unmap(sqlite3_file* file, int remove) { return methods(file)->xShmUnmap(real(file), remove); }

const sqlite3_io_methods faulty_methods = {
    2,         close_file,  read_file,  write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_lock, file_control, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    const int code = real_vfs()->xOpen(real_vfs(), name, real(file), flags, out_flags);
    if (real(file)->pMethods != nullptr) file->pMethods = &faulty_methods;
    reinterpret_cast<faulty_file*>(file)->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
    return code;
}

} // namespace

faulty_vfs::faulty_vfs() {
    sqlite3_vfs* below = sqlite3_vfs_find(nullptr);
    registered = *below;
    registered.zName = "wsd-faulty";
    registered.pNext = nullptr;
    registered.pAppData = below;
    registered.szOsFile = static_cast<int>(sizeof(faulty_file)) + below->szOsFile;
    registered.xOpen = open_file;
    // The other functions of the unix file system look at their own pAppData: hand them the real one.
    registered.xDelete = [](sqlite3_vfs*, const char* name, int sync) {
        return real_vfs()->xDelete(real_vfs(), name, sync);
    };
    registered.xAccess = [](sqlite3_vfs*, const char* name, int flags, int* found) {
        return real_vfs()->xAccess(real_vfs(), name, flags, found);
    };
    registered.xFullPathname = [](sqlite3_vfs*, const char* name, int count, char* out) {
        return real_vfs()->xFullPathname(real_vfs(), name, count, out);
    };
    sqlite3_vfs_register(&registered, 0);
    database.synced.clear();
    database.unsynced.clear();
}

faulty_vfs::~faulty_vfs() {
    sqlite3_vfs_unregister(&registered);
    current.disk_full = current.write_fails = current.sync_fails = current.read_fails = false;
    current.database_sync_fails = false;
    current.syncs_until_failure = -1;
}

std::string faulty_vfs::name() const { return registered.zName; }

faulty_vfs::faults& faulty_vfs::now() { return current; }

std::string faulty_vfs::synced_database() {
    const std::lock_guard lock(database.mutex);
    return database.synced;
}

} // namespace wsd::test
