"""The one catalogue of visible strings, by code, in English and Chinese."""

from sr_models.errors import SENTENCES, SRError

LANGUAGES = {"en": "English", "zh": "中文"}

CATALOGUE: dict[str, dict[str, str]] = {
    "tagline": {"en": "see super-resolution, measured", "zh": "看得见、量得准的超分辨率"},
    "device": {"en": "{name}, {dtype}", "zh": "{name}，{dtype}"},
    "cores": {"en": "CPU, {count} cores", "zh": "CPU，{count} 核"},
    "picture": {"en": "Your picture", "zh": "你的图片"},
    "drop": {"en": "Drop, paste or choose a picture", "zh": "拖入、粘贴或选择一张图片"},
    "facts": {
        "en": "{width}×{height}, {mode}, {depth} bit, {format}",
        "zh": "{width}×{height}，{mode}，{depth} 位，{format}",
    },
    "facts_result": {"en": " → {width}×{height}", "zh": " → {width}×{height}"},
    "facts_cut": {"en": ", cut to {width}×{height} for the test", "zh": "，测试时裁为 {width}×{height}"},
    "note_oriented": {"en": "turned upright as its EXIF tag says", "zh": "已按 EXIF 方向标记转正"},
    "note_first_frame": {"en": "the first frame of several is used", "zh": "只使用多帧中的第一帧"},
    "note_icc_converted": {"en": "its colour profile was converted to sRGB", "zh": "颜色配置文件已转换为 sRGB"},
    "note_icc_ignored": {"en": "its colour profile was ignored", "zh": "忽略了颜色配置文件"},
    "note_alpha": {"en": "transparency is kept", "zh": "保留透明度"},
    "mode": {"en": "What to do", "zh": "做什么"},
    "mode_enlarge": {"en": "Enlarge this picture", "zh": "放大这张图片"},
    "mode_test": {"en": "Test the nets", "zh": "测试网络"},
    "mode_both": {"en": "I have both", "zh": "我有两张"},
    "original_upload": {"en": "Its original, in full size", "zh": "它的原图（完整尺寸）"},
    "mode_help": {
        "en": "A test takes the picture as the truth: it is shrunk, enlarged again and compared with itself.",
        "zh": "测试把这张图片当作真值：先缩小，再放大，然后与它自己比较。",
    },
    "net": {"en": "Net", "zh": "网络"},
    "scale": {"en": "Scale", "zh": "倍数"},
    "pick_fast": {"en": "Fast", "zh": "快速"},
    "pick_balanced": {"en": "Balanced", "zh": "均衡"},
    "pick_best": {"en": "Best", "zh": "最佳"},
    "score": {
        "en": "Set5 ×{scale}, clean pictures: {value:.2f} dB (bicubic {baseline:.2f}). {summary}",
        "zh": "Set5 ×{scale}，清晰图片：{value:.2f} dB（双三次 {baseline:.2f}）。{summary}",
    },
    "damage": {"en": "How the picture is shrunk for the test", "zh": "测试时如何缩小图片"},
    "kernel": {"en": "Kernel", "zh": "插值核"},
    "blur_before": {"en": "Blur before (px)", "zh": "缩小前模糊（像素）"},
    "noise": {"en": "Noise after (of 255)", "zh": "缩小后噪声（以 255 计）"},
    "jpeg": {"en": "JPEG quality (0 = none)", "zh": "JPEG 质量（0 = 不压缩）"},
    "seed": {"en": "Seed", "zh": "随机种子"},
    "run": {"en": "Run", "zh": "运行"},
    "stop": {"en": "Stop", "zh": "停止"},
    "status": {"en": "Progress", "zh": "进度"},
    "ready": {"en": "Ready.", "zh": "就绪。"},
    "starting": {"en": "Bicubic stands; the net begins.", "zh": "双三次结果已显示，网络开始运行。"},
    "tile": {
        "en": "Tile {done} of {total}, about {seconds} s left.",
        "zh": "第 {done} / {total} 块，约剩 {seconds} 秒。",
    },
    "done": {"en": "Done in {seconds:.1f} s.", "zh": "完成，用时 {seconds:.1f} 秒。"},
    "would_take": {
        "en": "This takes about {seconds} s here; press Run to begin.",
        "zh": "在这里大约需要 {seconds} 秒；按“运行”开始。",
    },
    "not_possible": {"en": "That was not possible", "zh": "无法完成"},
    "done_measuring": {"en": "Done in {seconds:.1f} s; measuring …", "zh": "完成，用时 {seconds:.1f} 秒；正在测量……"},
    "press_run": {"en": "Changed: press Run to see it.", "zh": "已更改：按“运行”查看。"},
    "stopped_early": {"en": "Stopped before the first tile.", "zh": "在第一块之前已停止。"},
    "stopped_label": {"en": "stopped at {done} of {total}", "zh": "已停在 {done} / {total}"},
    "stopped": {
        "en": "Stopped at {done} of {total} tiles: no result, nothing to download.",
        "zh": "已停在第 {done} / {total} 块：没有结果，也没有可下载的文件。",
    },
    "viewer_slider": {"en": "slider", "zh": "滑块"},
    "viewer_side": {"en": "side by side", "zh": "并排"},
    "viewer_blink": {"en": "blink", "zh": "切换"},
    "viewer_difference": {"en": "difference", "zh": "差异"},
    "viewer_gain": {"en": "gain", "zh": "增益"},
    "viewer_fit": {"en": "fit", "zh": "适合"},
    "viewer_smooth": {"en": "smooth", "zh": "平滑"},
    "viewer_full": {"en": "full screen", "zh": "全屏"},
    "viewer_handle": {"en": "Divider between the two pictures", "zh": "两张图之间的分隔线"},
    "viewer_canvas": {
        "en": "The pictures; + and - zoom, 0 fits, 1 is pixel for pixel",
        "zh": "图片；+ 和 - 缩放，0 适合窗口，1 逐像素",
    },
    "viewer_bar": {"en": "How to look", "zh": "观看方式"},
    "viewer_modes": {"en": "Comparison", "zh": "比较方式"},
    "viewer_zooms": {"en": "Zoom", "zh": "缩放"},
    "viewer_first": {"en": "First picture", "zh": "第一张"},
    "viewer_second": {"en": "Second picture", "zh": "第二张"},
    "viewer_keys": {
        "en": "Keys: arrows, + - 0 1, s smooth, b blink, f full screen",
        "zh": "按键：方向键、+ - 0 1、s 平滑、b 切换、f 全屏",
    },
    "original": {"en": "original", "zh": "原图"},
    "left": {"en": "bicubic ×{scale}", "zh": "双三次 ×{scale}"},
    "right": {"en": "{net} ×{scale}", "zh": "{net} ×{scale}"},
    "waiting": {"en": "{net} is at work …", "zh": "{net} 正在计算……"},
    "example": {
        "en": "An example: {name}, shrunk by {scale} and enlarged again.",
        "zh": "示例：{name}，先缩小 {scale} 倍，再放大。",
    },
    "example_colosseum": {"en": "Colosseum", "zh": "罗马斗兽场"},
    "download": {"en": "Download PNG · {width} × {height}", "zh": "下载 PNG · {width} × {height}"},
    "download_none": {"en": "Download PNG", "zh": "下载 PNG"},
    "compare": {"en": "Compare all nets here", "zh": "在这里比较所有网络"},
    "back": {"en": "Back to the result", "zh": "返回结果"},
    "comparing": {"en": "Net {done} of {total}.", "zh": "第 {done} / {total} 个网络。"},
    "compared": {
        "en": "{width}×{height} px of the small picture, from the middle of what you saw, by {count} methods.",
        "zh": "小图中 {width}×{height} 像素，取自你所看位置的中央，共 {count} 种方法。",
    },
    "compared_measured": {
        "en": " dB: PSNR on Y of this part alone.",
        "zh": " dB：仅此部分的 Y 通道 PSNR。",
    },
    "delete": {"en": "Delete now", "zh": "立即删除"},
    "deleted": {"en": "Your pictures are deleted from this server.", "zh": "你的图片已从服务器删除。"},
    "privacy": {
        "en": "Pictures are kept on this server for one hour at most, 2 GB in all, and only you are given them.",
        "zh": "图片在服务器上最多保存一小时，总共不超过 2 GB，只提供给你自己。",
    },
    "measuring": {"en": "Measuring …", "zh": "正在测量……"},
    "closer": {"en": "closer than bicubic", "zh": "比双三次更接近"},
    "equal_to": {"en": "as close as bicubic", "zh": "与双三次一样接近"},
    "further": {"en": "further away than bicubic", "zh": "不如双三次接近"},
    "sentence_test": {
        "en": "Against the original: {verdict}. PSNR {psnr} dB (bicubic {bicubic_psnr}{gain}), SSIM {ssim} ({bicubic_ssim}).",
        "zh": "与原图比较：{verdict}。PSNR {psnr} dB（双三次 {bicubic_psnr}{gain}），SSIM {ssim}（{bicubic_ssim}）。",
    },
    "sentence_self": {
        "en": (
            "On a shrunk copy of your picture: {verdict}. "
            "PSNR {psnr} dB (bicubic {bicubic_psnr}{gain}), SSIM {ssim} ({bicubic_ssim})."
        ),
        "zh": (
            "在你图片的缩小副本上：{verdict}。"
            "PSNR {psnr} dB（双三次 {bicubic_psnr}{gain}），SSIM {ssim}（{bicubic_ssim}）。"
        ),
    },
    "self_help": {
        "en": (
            "Shrinking hides grain and JPEG marks, so this is the best case; "
            "it does not measure the enlargement that you see."
        ),
        "zh": "缩小会掩盖颗粒和 JPEG 痕迹，所以这是最好的情况；它不衡量你看到的放大结果。",
    },
    "sentence_none": {"en": "No quality number: {reason}", "zh": "没有质量数字：{reason}"},
    "reason_no_original": {"en": "PSNR and SSIM need an original.", "zh": "PSNR 和 SSIM 需要原图。"},
    "reason_too_small": {
        "en": "the picture is smaller than 11 pixels inside its border.",
        "zh": "去掉边缘后图片不足 11 像素。",
    },
    "reason_self_check_too_small": {
        "en": "a shrunk copy of the picture would have a side under 32 pixels.",
        "zh": "图片的缩小副本有一边不足 32 像素。",
    },
    "consistency_yes": {
        "en": "Shrinks back to the small picture: yes. It agrees with the pixels given, their noise included; that does not prove it right.",
        "zh": "缩小后能还原小图：是。它与给定的像素（包括噪声）一致，但这不证明它是对的。",
    },
    "consistency_nearly": {
        "en": "Shrinks back to the small picture: nearly. It is softer or sharper than the pixels given.",
        "zh": "缩小后能还原小图：接近。它比给定的像素更柔和或更锐利。",
    },
    "consistency_no": {
        "en": "Shrinks back to the small picture: no. It contradicts the pixels given.",
        "zh": "缩小后能还原小图：否。它与给定的像素矛盾。",
    },
    "measure": {"en": "Measure", "zh": "测量"},
    "column_metric": {"en": "Measure", "zh": "指标"},
    "column_bicubic": {"en": "Bicubic", "zh": "双三次"},
    "psnr_y": {"en": "PSNR, Y (dB)", "zh": "PSNR，Y（dB）"},
    "ssim_y": {"en": "SSIM, Y", "zh": "SSIM，Y"},
    "psnr_rgb": {"en": "PSNR, RGB (dB)", "zh": "PSNR，RGB（dB）"},
    "ssim_rgb": {"en": "SSIM, RGB", "zh": "SSIM，RGB"},
    "lr_consistency": {"en": "LR-consistency (dB)", "zh": "低分辨率一致性（dB）"},
    "described": {"en": "Descriptions (not scores)", "zh": "描述（不是评分）"},
    "sharpness": {"en": "Sharpness (also noise and ringing)", "zh": "锐度（也包括噪声和振铃）"},
    "contrast": {"en": "Contrast (RMS)", "zh": "对比度（RMS）"},
    "blur": {"en": "Blur, 0 to 1", "zh": "模糊度，0 到 1"},
    "colour_shift": {"en": "Colour shift (CIEDE2000)", "zh": "颜色偏移（CIEDE2000）"},
    "self_psnr_y": {"en": "Self-check PSNR, Y (dB)", "zh": "自检 PSNR，Y（dB）"},
    "self_ssim_y": {"en": "Self-check SSIM, Y", "zh": "自检 SSIM，Y"},
    "equal": {"en": "∞ (equal)", "zh": "∞（相同）"},
    "absent": {"en": "–", "zh": "–"},
    "protocol": {
        "en": "Protocol: Y of BT.601, {border} px cut at the border, 8-bit file, LR: {lr}.{white}",
        "zh": "测量方法：BT.601 的 Y，边缘裁去 {border} 像素，8 位文件，低分辨率图：{lr}。{white}",
    },
    "said_blur": {"en": "blur {value:g} px", "zh": "模糊 {value:g} 像素"},
    "said_noise": {"en": "noise {value:g}/255 (seed {seed})", "zh": "噪声 {value:g}/255（种子 {seed}）"},
    "said_jpeg": {"en": "JPEG {value}", "zh": "JPEG {value}"},
    "kernel_nearest": {"en": "nearest", "zh": "最近邻"},
    "kernel_bilinear": {"en": "bilinear", "zh": "双线性"},
    "kernel_bicubic": {"en": "MATLAB bicubic", "zh": "MATLAB 双三次"},
    "kernel_lanczos": {"en": "Lanczos", "zh": "Lanczos"},
    "kernel_gaussian": {"en": "gaussian", "zh": "高斯"},
    "protocol_upload": {"en": "your picture", "zh": "你的图片"},
    "protocol_white": {"en": " Transparent parts on white.", "zh": "透明部分置于白底。"},
    "inventive": {
        "en": ("Contains invented detail. Faces, text and number plates may be wrong. Not for evidence or diagnosis."),
        "zh": "含有虚构的细节。人脸、文字和车牌可能是错的。不可用作证据或诊断。",
    },
}

ERRORS_ZH = {
    "empty": "文件是空的；请选择有内容的图片文件。",
    "file_too_large": "文件有 {megabytes:.1f} MiB，上限是 {limit} MiB；请存得小一些或存为 JPEG。",
    "unsupported_format": "不支持 {kind} 文件；请把图片存为 PNG、JPEG、WebP、BMP、TIFF、GIF 或 AVIF。",
    "not_an_image": "这个文件不是可读取的图片；请选择 PNG、JPEG、WebP、BMP、TIFF、GIF 或 AVIF 文件。",
    "unsupported_mode": "不支持 {kind} 数值的图片；请存为每通道 8 位或 16 位。",
    "too_large": "图片为 {width}×{height} 像素，总像素上限是 {limit}；请裁剪或缩小。",
    "too_many_pixels": "图片的像素远超上限 {limit}；请裁剪或缩小。",
    "too_large_for_sr": "把 {width}×{height} 放大 {scale} 倍会有 {pixels} 像素，上限是 {limit}；请裁剪或缩小图片，或在可能时选更小的倍数。",
    "truncated": "图片文件不完整；请重新下载或保存。",
    "corrupt": "图片文件已损坏，无法读取；请用原来的程序重新保存。",
    "too_small_to_test": "图片为 {width}×{height}，太小，无法缩小 {scale} 倍；测试要求短边至少 {limit} 像素。",
    "original_size": "原图为 {width}×{height}，但 ×{scale} 时必须是 {expected}；请选择对应的倍数或文件。",
    "no_original": "还没有原图；请在小图旁边上传它。",
    "no_picture": "还没有图片；请上传一张。",
    "file_missing": "{path} 不存在；请检查路径。",
    "cannot_read": "无法读取 {path}（{reason}）；请检查它是什么以及权限。",
    "same_target": "{first} 和 {second} 都会变成 {target}；请分别放大到不同的文件夹。",
    "cannot_write": "无法写入 {path}（{reason}）；请换一个位置。",
    "out_of_range": "{name} 是 {value}，必须在 {low} 和 {high} 之间；请修改。",
    "unknown_architecture": "没有名为 {name} 的结构；请从 {known} 中选择。",
    "bad_config": "{name} 没有 {key} 这个设置；它的设置有 {known}。",
    "unknown_kernel": "没有名为 {name} 的插值核；请从 {known} 中选择。",
    "bad_device": "这里没有设备 {name}；请从 {known} 中选择。",
    "bad_dtype": "不认识精度 {name}；请从 {known} 中选择。",
    "tile_too_small": "分块边长是 {value}，至少要 {low}；请选大一些。",
    "out_of_memory": "内存不够，最小的分块也放不下；请关闭其他程序或裁剪图片。",
    "too_slow": "运行超过了 {minutes} 分钟的上限；请选更快的网络或更小的图片。",
    "unknown_checkpoint": "{places} 中没有名为 {name} 的检查点；请从 {known} 中选择。",
    "hub_owner_unset": "{places} 中没有名为 {name} 的检查点，又因为没有设置 SR_LAB_HUB_OWNER 而未查询 Hub；请设置它，或从 {known} 中选择。",
    "scale_conflict": "{ref} 用于 ×{found}，不是 ×{scale}；请用 ×{found} 或换一个检查点。",
    "scale_missing": "{ref} 没有写明倍数；请加上，例如 {ref}_x4。",
    "bad_checkpoint": "{path} 不是可用的检查点：{reason}；请换一个文件或重新下载。",
    "hub_unreachable": "无法取得 {ref}，因为 Hub 没有应答；请检查网络后再试。",
    "hub_missing": "Hub 上没有找到 {ref}；请检查所有者、名称和版本。",
    "hub_too_large": "{ref} 有 {megabytes:.0f} MiB，上限是 {limit} MiB；请选更小的检查点。",
    "hub_bad_reference": "{ref} 不是 Hub 的引用；请写 owner/repo 或 owner/repo@revision。",
    "no_pictures": "在 {path} 中没有找到可读取的图片；请给出有图片文件的文件夹。",
    "size_mismatch": "{name} 为 {width}×{height}，但需要 {expected}；请给出相配的文件。",
    "bad_recipe": "{path} 不是配方：{reason}；例子见 training/recipes。",
    "no_tiles": "在 {path} 中没有边长至少 {limit} 像素的训练图片（{damaged} 个损坏，{small} 个太小）；请给出更多或更大的图片。",
    "not_finite": "训练停在第 {step} 步，因为损失不是有限数；请降低学习率。",
    "no_gain": "训练在 {minutes:.0f} 分钟后停止，因为网络不比双三次好（{value:.2f} 对 {baseline:.2f} dB）；请检查数据和学习率。",
    "no_state": "{path} 中没有可继续的状态；请不带 --resume 开始。",
    "state_mismatch": "{path} 中的状态属于另一次训练（{reason}）；请换一个文件夹。",
    "net_not_there": "×{scale} 没有 {net}；请换一个网络或倍数。",
    "upload_gone": "图片已不再保存在服务器上；请重新上传。",
    "gone": "这个结果已不再保存；请重新运行。",
    "unexpected": "发生了不该发生的错误；请再试一次，或换一张图片。",
}


def text(code: str, lang: str, **facts: object) -> str:
    """Return the string of a code in a language, with its facts filled in."""
    return CATALOGUE[code][lang].format(**facts)


def error_text(error: SRError, lang: str) -> str:
    """Return an error's sentence in a language."""
    sentence = ERRORS_ZH[error.code] if lang == "zh" else SENTENCES[error.code]
    return sentence.format(**error.facts)


def choose_language(query: str | None, accept: str | None) -> str:
    """Return `?lang=` where it is known, else the first known language of the browser, else English."""
    wanted = [query or "", *(part.split(";")[0].strip() for part in (accept or "").split(","))]
    for tag in wanted:
        if (short := tag.lower().split("-")[0]) in LANGUAGES:
            return short
    return "en"
