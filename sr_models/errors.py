"""Errors that a person can act on: one sentence each, found by code, so that the page can translate it."""

SENTENCES = {
    # pictures
    "empty": "The file is empty; choose a picture file that has content.",
    "file_too_large": "The file has {megabytes:.1f} MiB, the limit is {limit} MiB; save it smaller or as JPEG.",
    "unsupported_format": (
        "{kind} files are not supported; save the picture as PNG, JPEG, WebP, BMP, TIFF, GIF, AVIF, HEIC or JPEG XL."
    ),
    "camera_raw": "{kind} files are not read here; develop the picture and save it as TIFF of 16 bits, PNG or JPEG.",
    "not_an_image": (
        "This file is not a picture that can be read; "
        "choose a PNG, JPEG, WebP, BMP, TIFF, GIF, AVIF, HEIC or JPEG XL file."
    ),
    "unsupported_mode": "Pictures with {kind} values are not supported; save it with 8 or 16 bits per channel.",
    "too_large": "The picture is {width}×{height} pixels, the limit is {limit:,} pixels in all; crop or shrink it.",
    "too_many_pixels": "The picture has far more than {limit:,} pixels, the limit; crop or shrink it.",
    "too_large_for_sr": (
        "Enlarging {width}×{height} by {scale} would give {pixels:,} pixels, the limit is {limit:,}; "
        "crop or shrink the picture, or choose a smaller scale if there is one."
    ),
    "result_too_large": (
        "A result of {width}×{height} is too large, the limit is {limit:,} pixels in all; choose a smaller size."
    ),
    "truncated": "The picture file is cut off; download or save it again.",
    "corrupt": "The picture file is damaged and cannot be read; save it again from its program.",
    "no_palette": "The picture file lacks its table of colours; save it again from its program.",
    "too_many_channels": (
        "The picture has {count} channels, and only grey, RGB, either with transparency, and CMYK are read; "
        "save the ones that you mean as RGB."
    ),
    "too_small_to_test": (
        "The picture is {width}×{height}, too small to be shrunk by {scale}; "
        "testing needs at least {limit} pixels on the shorter side."
    ),
    "size_in_test": "A size of your own is for enlarging only; choose ×2, ×3, ×4 or ×8 for a test.",
    "original_size": (
        "The original is {width}×{height}, but at ×{scale} it must be {expected}; "
        "choose the scale or the file that belongs to it."
    ),
    "batch_too_large": (
        "All results together would have {pixels:,} pixels, the limit is {limit:,} at once; bring fewer pictures, "
        "choose a smaller scale, or use the command line: sr-models upscale FOLDER -o enlarged."
    ),
    "not_small": (
        "Both pictures are {width}×{height}, so neither is the small one; choose Compare two to see them side by side."
    ),
    "pair_sizes": (
        "The first picture is {first} and the second is {second}, and only pictures of one size can be compared; "
        "crop or resize one of them to the other's size."
    ),
    "no_second": "There is no second picture yet; upload it below the first.",
    "no_original": "There is no original yet; upload it beside the small picture.",
    "no_picture": "There is no picture yet; upload one.",
    "file_missing": "{path} does not exist; check the path.",
    "cannot_read": "{path} cannot be read ({reason}); check what it is and its permissions.",
    "too_long_for_format": (
        "A {kind} file holds at most {limit} pixels on a side, and the result is {width}×{height}; choose PNG or TIFF."
    ),
    "same_target": "{first} and {second} would both become {target}; enlarge them into separate folders.",
    "result_is_input": "{path} is the picture itself and is not written over; choose another folder or name.",
    "not_kept": "{what} cannot be kept in a {kind} file; choose another format to keep it.",
    "bad_name": "The name {template} cannot be used because {reason}; its fields are {known}.",
    "cannot_write": "{path} cannot be written ({reason}); choose another place.",
    "zip_broken": "{name} is no readable ZIP: it is cut off, damaged or packed in an unusual way; pack it anew.",
    "zip_locked": "{name} is locked by a password; unlock it, and pack it anew.",
    "zip_too_many": "{name} has more than {limit} files, the limit; make several of it.",
    "zip_too_large": "{name} holds more than {megabytes} MiB, the limit; make several of it.",
    "zip_empty": "{name} has no picture in it; choose another.",
    "no_mask": "{name} fills no holes; choose a method that does, such as inpainting.",
    # settings
    "out_of_range": "{name} is {value}, it must be between {low} and {high}; change it.",
    "unknown_choice": "{name} is {value}, it must be one of {known}; change it.",
    "bad_size": (
        "The size {words} is not understood or not between 1 and 8 times the picture; "
        "write for example 1920, 1080 high, 1.5x or 150 %."
    ),
    "bad_size_here": (
        "The size {words} is not understood, is the picture's own or more than 8 times it; "
        "write for example 1920, 1080 high, 1.5x or 50 %."
    ),
    "size_not_reached": (
        "{width}×{height} is more than {scale} times the picture, the most that this net can do; "
        "choose a smaller size or another net."
    ),
    "unknown_architecture": "There is no architecture named {name}; choose one of {known}.",
    "bad_config": "{name} does not take the setting {key}; its settings are {known}.",
    "bad_setting": "The setting {key} of {name} is {value}, it must be {wanted}; change it.",
    "result_not_finite": (
        "{name} made values that are no numbers of this picture, so there is no result; take another net, "
        "or run it with SR_LAB_DTYPE=float32."
    ),
    "pickle_given": "{path} may hold a program and is not opened; run sr-models convert {path} -o FILE.safetensors.",
    "unknown_kernel": "There is no resampling kernel named {name}; choose one of {known}.",
    "bad_device": "The device {name} is not available here; choose one of {known}.",
    "bad_dtype": "The precision {name} is not known; choose one of {known}.",
    "one_answer": "{name} knows one answer only and cannot draw samples; choose a VAE.",
    "samples_too_large": (
        "{samples} samples of this picture are too many at once, {limit} fit; draw fewer or crop the picture."
    ),
    "sample_dropped": "Sample {sample} has values that are not numbers and was left out; take another seed.",
    "bad_drawn_size": (
        "The size {words} is not understood or not between {low} and {high} pixels a side; write 64 or 96x64."
    ),
    "too_many_drawn": (
        "{count} pictures of {width}×{height} are more than {limit:,} pixels in all, the limit; "
        "draw fewer or smaller ones."
    ),
    "unknown_generator": "Nothing that draws is named {name} here; choose one of {known}.",
    "tile_too_small": "The tile size is {value}, it must be at least {low}; choose a larger one.",
    "out_of_memory": "There is not enough memory even for the smallest tile; close other programs or crop the picture.",
    "too_slow": "The run took more than {minutes} minutes, the limit; choose a faster net or a smaller picture.",
    "nothing_to_repair": "Nothing was found to repair in {name}; choose a task, or give a mask of what is to fill.",
    "not_for_task": "{name} is not for {task}, it is for {known}; choose another method or task.",
    "no_strength": "{name} has no strength; leave it out.",
    "mask_size": "The mask is {width}×{height}, but the picture is {expected}; give a mask of the picture's size.",
    "mask_empty": "The mask marks nothing; mark what is to be filled.",
    "mask_full": "The mask covers the whole picture, so nothing is left to learn from; mark less of it.",
    # checkpoints
    "unknown_checkpoint": "There is no checkpoint named {name} in {places}; choose one of {known}.",
    "unknown_restorer": "Nothing that repairs is named {name} here; choose one of {known}.",
    "hub_owner_unset": (
        "There is no checkpoint named {name} in {places}, and the Hub is not asked because SR_LAB_HUB_OWNER "
        "is not set; "
        "set it, or choose one of {known}."
    ),
    "scale_conflict": "{ref} is made for x{found}, not x{scale}; ask for x{found} or choose another checkpoint.",
    "scale_missing": "{ref} does not say its scale; add the scale, for example {ref}_x4.",
    "bad_checkpoint": "{path} is not a usable checkpoint: {reason}; take another file or download it again.",
    "hub_unreachable": "{ref} cannot be fetched because the Hub does not answer; check the network and try again.",
    "hub_broken_off": "{ref} did not come whole because the connection to the Hub broke off or stalled; try again.",
    "hub_missing": (
        "{ref} was not found on the Hub, or is private; check owner, name and revision, "
        "and run hf auth login for what is your own."
    ),
    "hub_no_access": "The Hub does not open {ref} to you; accept its terms there, and run hf auth login.",
    "hub_busy": "The Hub has been asked too often; try again in {seconds} seconds.",
    "hub_fault": "{ref} cannot be fetched because the Hub has a fault ({status}); try again later.",
    "hub_pickles": (
        "{ref} has weights only in a file that may hold a program; download it by hand and run sr-models convert on it."
    ),
    "hub_no_checkpoint": "{ref} has no .safetensors file; choose a repo of a net's weights.",
    "hub_several": "{ref} has {count} .safetensors files; download the one that you want by hand, and give its path.",
    "hub_damaged": "{ref} came otherwise than the Hub describes it, and was deleted; try again.",
    "hub_no_room": "{ref} has {megabytes:.0f} MB, this server keeps {limit:.0f} MB from the Hub; choose a smaller one.",
    "hub_no_upscaler": "{ref} does not enlarge, it is made for another task ({task}); choose one that does.",
    "hub_not_open": (
        "{ref} is not among what this server takes from the Hub ({known}); choose one of these, "
        "or run the program yourself."
    ),
    "hub_too_large": "{ref} has {megabytes:.0f} MiB, the limit is {limit} MiB; choose a smaller checkpoint.",
    "hub_bad_repo": "{ref} is no name of a place on the Hub; write owner/repo.",
    "hub_no_token": "The Hub wants to know who you are; run hf auth login, and try again.",
    "hub_refused": "The Hub does not let you write to {ref}; run hf auth login with a token that may write there.",
    "hub_not_pushed": "{ref} was not written, because the Hub broke off or did not answer; nothing half-written stays, "
    "so try again.",
    "hub_bad_reference": "{ref} is not a Hub reference; write owner/repo or owner/repo@revision.",
    # evaluating and training
    "no_pictures": "No readable picture was found in {path}; give a folder with picture files.",
    "nothing_measured": (
        "No original of {path} can be measured; {name}, for one, cannot because of this: {reason} Give others."
    ),
    "size_mismatch": "{name} is {width}×{height}, but {expected} is needed; give files that belong together.",
    "incomplete": (
        "The means of {name} on {label} are over a part of the pictures and were neither kept nor stamped; "
        "repair or remove the files that are missing."
    ),
    "bad_recipe": "{path} is not a recipe: {reason}; see training/recipes for examples.",
    "no_tiles": (
        "No training picture with a side of at least {limit} pixels was found in {path} "
        "({damaged} damaged, {small} too small); give more or larger pictures."
    ),
    "no_digits": (
        "{path} holds no MNIST digits, and they could not be downloaded into it; give the folder in which "
        "MNIST/raw lies, or a new one where there is a network."
    ),
    "not_finite": "Training stopped at step {step} because the loss is not finite; lower the learning rate.",
    "critic_missing": "No critic was trained at ×{scale}; look at a result of a scale that has one.",
    "critic_too_large": (
        "The result is {width}×{height}, and the critic looks at {limit:,} pixels at most; use a smaller "
        "picture or scale."
    ),
    "critic_needs_result": "There is no result for the critic to look at; run a net first.",
    "no_partner": (
        "{name} continues no measured net, so nothing lies between; leave out the mix, or choose a net that invents."
    ),
    "partner_missing": (
        "{name} continues {partner}, which is not here, so the two cannot be mixed; put it beside, or leave "
        "out the mix."
    ),
    "partner_differs": "{name} and {partner} are nets of other sizes, so the two cannot be mixed; leave out the mix.",
    "ensemble_stamp": (
        "A card holds the numbers of the plain net, not of an ensemble or a mix; leave out --stamp, or "
        "--ensemble and --mix."
    ),
    "not_exportable": (
        "{name} cannot be written as {format} because its work depends on the size of the picture; "
        "choose a net of convolutions on the small picture."
    ),
    "bench_reference": "The times are ratios to {name}, which is not there; train it or pull it first.",
    "convert_too_large": "{path} is larger than the {limit} MiB that can be converted; give a smaller file.",
    "convert_unreadable": "{path} is damaged, or holds more than weights, which is not read for safety; ask its maker "
    "for a .safetensors file.",
    "convert_empty": "{path} holds no weights of a net; give a file of a net's weights.",
    "convert_slow": "Reading {path} took more than {limit} s and was stopped; give a smaller file.",
    "convert_broke_off": "Reading {path} broke off: it needs more than {limit} GiB of memory, or there is no room to "
    "write; give a smaller file.",
    "bad_receipt": "{path} is no receipt of an enlarged picture; give the receipt.json that came with the result.",
    "receipt_of_frames": "{path} is the receipt of a moving picture, whose frames are not compared; give another.",
    "other_checkpoint": "The checkpoint {name} that is here is not the one of the receipt: its SHA-256 differs; get "
    "that version.",
    "result_size": "{path} has {found} pixels, and the receipt makes {expected}; give the file that came with it.",
    "source_size": "The picture given has {found} pixels where the receipt had {expected}; give the picture that was "
    "enlarged.",
    "package_missing": "{what} needs {package}, which is not installed here; run pip install {package}.",
    "no_gain": (
        "Training stopped after {minutes:.0f} minutes because the net is not better than bicubic "
        "({value:.2f} against {baseline:.2f} dB); check the data and the learning rate."
    ),
    "bad_share": "A batch of {batch} cannot be shared equally by {count} processes; choose a number that divides it.",
    "sweep_needs_val": "A sweep compares by validation pictures and none were given; add --val.",
    "classifier_missing": (
        "Recognition needs a pretrained classifier, and {path} is not there; run python training/features.py."
    ),
    "features_missing": (
        "The losses of content and style need pretrained features, and {path} is not there; run python "
        "training/features.py, "
        "or set content=0 style=0."
    ),
    "size_of_digits": "{name} knows pictures of 28×28 only, and {width}×{height} was asked for; ask for 28×28.",
    "few_textures": "There are {count} textures, and at least {limit} of each kind can be compared; give more.",
    "size_of_textures": "{name} draws sides of {low} to {high} px in steps of {step}, and {width}×{height} was "
    "asked for; ask for such a size.",
    "val_of_noise": "{name} draws from noise and takes no --val; measure it by sr-models textures.",
    "val_of_digits": "{name} learns digits and takes no --val; measure it by sr-models digits.",
    "collapsed": (
        "Step {step}: the generator learns to draw one thing or nothing more ({reason}); "
        "begin anew with another seed, or with generator_loss=non_saturating."
    ),
    "other_base": "{base} is not the net that {net} contains; name another base in the recipe.",
    "run_is_there": (
        "{path} holds a run already; "
        "add --resume to go on with it, choose another --out, or add --overwrite to lose it."
    ),
    "no_state": "There is nothing to resume in {path}; start without --resume.",
    "state_mismatch": "The state in {path} belongs to another run ({reason}); choose another folder.",
    # the page
    "net_not_there": "{net} is not there at ×{scale}; choose another net or scale.",
    "upload_gone": "The picture is no longer kept on this server; upload it again.",
    "whole_off": "Large pictures are not made in the background here, as others would wait for them.",
    "whole_too_slow": (
        "All of it would take about {minutes} minutes here, the limit is {limit}; "
        "choose a faster net or a smaller scale."
    ),
    "job_there": "One picture of yours is in the background already; wait until it is done, or stop it.",
    "jobs_full": "{limit} pictures wait for the background already, the limit; try again later.",
    "job_gone": (
        "The picture in the background is not here any more, because it was deleted, its hour is over or "
        "the server was started anew; begin it again."
    ),
    "batch_too_many": (
        "More than {limit} pictures came, which is the limit on this server; "
        "bring fewer at once, or run SR Lab on your own machine."
    ),
    "gone": "This result is no longer kept; run it again.",
    "too_few_values": "{name} takes {needed} values and {given} came; /gradio_api/info lists them in their order.",
    "unexpected": "Something went wrong that should not have; try again, or with another picture.",
}


class SRError(Exception):
    """Carry a code and its facts; `str()` is the English sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = facts
        super().__init__(SENTENCES[code].format(**facts))


class CheckpointError(SRError):
    """Say that a checkpoint file cannot be used: wrong, cut, foreign, not finite or of another shape."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__("bad_checkpoint", path=path, reason=reason)
