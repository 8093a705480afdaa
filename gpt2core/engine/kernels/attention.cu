// Attention of one new token a row.

// y (rows, H, D): the attention of each row's new token, whose q, k and v stand in qkv (rows, 3, H, D), to
// those before it and itself. k and v go into the caches (rows, H, max_len, D) first.
// A block has one head of one row. For a score 8 lanes share a position, and take FOUR of them at a time.
#define FOUR 4
template <typename T>
__device__ void attend(const T* qkv, const int* positions, weight_t* k_cache, weight_t* v_cache, T* y,
                       int n_head, int head_dim, int max_len) {
    const int D = head_dim, n = positions[blockIdx.y] + 1;  // which no kernel of this step has written
    const long long head = (long long)blockIdx.y * n_head + blockIdx.x;
    float* q = (float*)shared_memory;             // (D,)
    float* score = q + (D + 3) / 4 * 4;           // (max_len,)
    float* part = score + (max_len + 3) / 4 * 4;  // (parts, D)
    const T* new_q = qkv + ((long long)blockIdx.y * 3 * n_head + blockIdx.x) * D;
    const T *new_k = new_q + n_head * D, *new_v = new_k + n_head * D;
    weight_t *k = k_cache + head * max_len * D, *v = v_cache + head * max_len * D;
    prefetch_all(k, (n - 1) * D);
    prefetch_all(v, (n - 1) * D);
    after_the_one_before();
    for (int i = threadIdx.x; i < D; i += blockDim.x) {
        q[i] = to_float(new_q[i]) * rsqrtf((float)D);
        k[(long long)(n - 1) * D + i] = to_weight(to_float(new_k[i]));
        v[(long long)(n - 1) * D + i] = to_weight(to_float(new_v[i]));
    }
    __syncthreads();

    float largest = NOWHERE;
    const int eighth = threadIdx.x % 8, apart = blockDim.x / 8;
    // By whole warps, which have four positions each: they shuffle.
    const int rounded_up = (n + 3) / 4 * 4;
    for (int first = threadIdx.x / 8; first < rounded_up; first += FOUR * apart) {
        float sums[FOUR] = {};
        const weight_t* row[FOUR];
#pragma unroll
        for (int u = 0; u < FOUR; u++) row[u] = k + (long long)min(first + u * apart, n - 1) * D;
        if (D % PER_LOAD == 0)
            for (int i = eighth * PER_LOAD; i < D; i += 8 * PER_LOAD) {
                float keys[FOUR][PER_LOAD];
#pragma unroll
                for (int u = 0; u < FOUR; u++) unpack(*(const uint4*)(row[u] + i), keys[u]);
#pragma unroll
                for (int j = 0; j < PER_LOAD; j++)
#pragma unroll
                    for (int u = 0; u < FOUR; u++) sums[u] += keys[u][j] * q[i + j];
            }
        else
            for (int i = eighth; i < D; i += 8)
#pragma unroll
                for (int u = 0; u < FOUR; u++) sums[u] += to_float(row[u][i]) * q[i];
#pragma unroll
        for (int u = 0; u < FOUR; u++) {
            for (int other = 4; other; other /= 2) sums[u] += __shfl_xor_sync(ALL_LANES, sums[u], other);
            if (first + u * apart < n) {
                if (eighth == 0) score[first + u * apart] = sums[u];
                largest = fmaxf(largest, sums[u]);
            }
        }
    }
    largest = block_max(largest);
    float total = 0;
    for (int at = threadIdx.x; at < n; at += blockDim.x) total += score[at] = expf(score[at] - largest);
    total = block_sum(total);

    // Groups of threads share the positions; a thread of a group has `width` numbers of v.
    const int width = D % PER_LOAD ? 1 : PER_LOAD, pieces = D / width;
    const int groups = max(1, (int)blockDim.x / pieces);
    const bool within_warps = 32 % pieces == 0;
    for (int unit = threadIdx.x; unit < groups * pieces; unit += blockDim.x) {
        const int group = unit / pieces, begin = unit % pieces * width;
        float sums[PER_LOAD] = {};
        if (width == 1)
            for (int at = group; at < n; at += groups)
                sums[0] += score[at] * to_float(v[(long long)at * D + begin]);
        else
#pragma unroll 4
            for (int at = group; at < n; at += groups) {
                float values[PER_LOAD];
                unpack(*(const uint4*)(v + (long long)at * D + begin), values);
#pragma unroll
                for (int i = 0; i < PER_LOAD; i++) sums[i] += score[at] * values[i];
            }
        if (within_warps) {  // then every thread is here, once
            for (int other = pieces; other < 32; other *= 2)
#pragma unroll
                for (int i = 0; i < PER_LOAD; i++) sums[i] += __shfl_xor_sync(ALL_LANES, sums[i], other);
            if (threadIdx.x % 32 < pieces)
#pragma unroll
                for (int i = 0; i < PER_LOAD; i++)
                    if (i < width) part[threadIdx.x / 32 * D + begin + i] = sums[i];
        } else {
#pragma unroll
            for (int i = 0; i < PER_LOAD; i++)
                if (i < width) part[group * D + begin + i] = sums[i];
        }
    }
    __syncthreads();
    const int parts = within_warps ? blockDim.x / 32 : groups;
    for (int i = threadIdx.x; i < D; i += blockDim.x) {
        float sum = 0;
#pragma unroll 8
        for (int each = 0; each < parts; each++) sum += part[each * D + i];
        store(y + head * D + i, sum / total);
    }
}
extern "C" __global__ void attend_float(const float* qkv, const int* positions, weight_t* k_cache,
                                        weight_t* v_cache, float* y, int n_head, int head_dim,
                                        int max_len) {
    attend<float>(qkv, positions, k_cache, v_cache, y, n_head, head_dim, max_len);
}
extern "C" __global__ void attend_weight(const weight_t* qkv, const int* positions, weight_t* k_cache,
                                         weight_t* v_cache, weight_t* y, int n_head, int head_dim,
                                         int max_len) {
    attend<weight_t>(qkv, positions, k_cache, v_cache, y, n_head, head_dim, max_len);
}
